import type { PacketTail } from '#planning/source/measure-packet-tail.js';
import { type ProbedStream, type ProbeReport, probeReportSchema } from '#planning/source/probe-report.js';
import { minShare, type Truncation } from '#planning/source/timeline.js';
import type { Container } from '#workers/containers/container.js';
import { type Probe, readShown, tryProbe } from '#workers/source/read-packets.js';

export interface Evidence {
  container: Container;
  report: ProbeReport;
  video: ProbedStream;
  tail: PacketTail;
  /** By the file's layout alone. */
  truncation: Truncation | undefined;
}

/** What is missing from a source, by its layout, its header and the packets that are there. */
export async function judgeTruncation(
  probe: Probe,
  { container, report, video, tail, truncation }: Evidence,
): Promise<Truncation | undefined> {
  // An MP4's index knows every sample; box sizes and durations in headers are wrong in many a whole file.
  const isIndexed = container.hasSampleIndex && playableTracks(report).every(({ nb_frames }) => nb_frames);
  const missing =
    truncation ??
    (video.nb_frames ? findMissingFrames(video, tail) : await findShortfall(probe, report, tail));
  return missing && isIndexed && (await holdsSamples(probe)) ? undefined : missing;
}

/** Picture and sound; a cover has no place in an MP4's index. */
const playableTracks = ({ streams }: ProbeReport): ProbeReport['streams'] =>
  streams.filter(
    ({ codec_type, disposition }) =>
      (codec_type === 'video' || codec_type === 'audio') && disposition.attached_pic !== 1,
  );

/** Whether every track has the samples that the index tells; reads the whole file. */
async function holdsSamples(probe: Probe): Promise<boolean> {
  const entries = 'stream=index,codec_type,nb_frames,nb_read_packets:stream_disposition=attached_pic';
  const text = await tryProbe(probe, ['-count_packets', '-show_entries', entries, '-of', 'json']);
  if (text === undefined) return false;
  return playableTracks(probeReportSchema.parse(JSON.parse(text))).every(
    ({ nb_frames = 0, nb_read_packets = 0 }) =>
      nb_read_packets <= nb_frames && nb_read_packets >= nb_frames * minShare,
  );
}

/** Of what the header tells; headers are not exact, and last frames may stand long. */
const minShareOfHeader = 0.9;
/** A film of a few frames may lack as much: headers count frames and sound that are not shown. */
const roundedSeconds = 0.25;

const minOf = (claimedSeconds: number): number =>
  Math.min(claimedSeconds * minShareOfHeader, claimedSeconds - roundedSeconds);

/** A last frame that stands longer may stand for others. */
const longHoldSeconds = 1;

/**
 * Whether the picture ends long before its own header says, in containers that count its frames. AVI tells no times: its
 * frames follow each other, and what is missing in the middle shows at the end. Of an index that is damaged, readers take
 * the first part, and give its last frame the time of all others. What the sound's header says is no evidence here: AVI's
 * that begins late ends late by it, and is stored as if it began at once.
 */
function findMissingFrames(video: ProbedStream, tail: PacketTail): Truncation | undefined {
  const { endSeconds, lastShownSeconds } = tail;
  const end = endSeconds - lastShownSeconds > longHoldSeconds ? lastShownSeconds : endSeconds;
  const claimed = video.duration ?? 0;
  const present = end - (video.start_time ?? 0);
  if (present >= minOf(claimed)) return undefined;
  const [here, whole] = [present.toFixed(1), claimed.toFixed(1)];
  return {
    detail: `the header tells ${whole} s of picture, ${here} s are there`,
    presentShare: present / claimed,
  };
}

/**
 * Whether every track ends long before the header says: the sign of a file that was cut off between two of its parts. A
 * picture alone may end early; then another track goes on.
 */
async function findShortfall(
  probe: Probe,
  report: ProbeReport,
  tail: PacketTail,
): Promise<Truncation | undefined> {
  const start = report.format.start_time ?? 0;
  const claimed = report.format.duration ?? 0;
  // Some containers count from their first frame, others from the clock's zero.
  const min = Math.min(start, 0) + minOf(claimed);
  if (tail.endSeconds >= min) return undefined;
  const endOf = async (interval: readonly string[]): Promise<number> =>
    Math.max(start, (await readShown(probe, undefined, interval))?.endSeconds ?? start);
  const sought = await endOf(['-read_intervals', `${min.toFixed(3)}%+#100`]);
  const end = sought >= min ? sought : Math.max(sought, await endOf([]));
  if (end >= min || end <= start) return undefined;
  const [present, whole] = [(end - start).toFixed(1), claimed.toFixed(1)];
  return {
    detail: `the header tells ${whole} s, the last track ends after ${present} s`,
    presentShare: (end - start) / claimed,
  };
}
