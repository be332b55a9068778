import type { PacketTail } from '#planning/source/measure-packet-tail.js';
import { type ProbedStream, type ProbeReport, probeReportSchema } from '#planning/source/probe-report.js';
import { minShare, type Truncation } from '#planning/source/timeline.js';
import type { Container } from '#workers/containers/container.js';
import { type Probe, readShown, tryProbe } from '#workers/source/read-packets.js';

interface Evidence {
  container: Container;
  report: ProbeReport;
  video: ProbedStream;
  tail: PacketTail;
  /** What the container's own structure shows. */
  truncation: Truncation | undefined;
}

/** Finds what is missing from a source: from its container's structure, its header and its packets. */
export async function judgeTruncation(
  probe: Probe,
  { container, report, video, tail, truncation }: Evidence,
): Promise<Truncation | undefined> {
  // Box sizes and declared durations are wrong in many complete files; the index of samples decides there.
  const isIndexed = container.hasSampleIndex && playableTracks(report).every(({ nb_frames }) => nb_frames);
  const missing =
    truncation ??
    (video.nb_frames ? findMissingFrames(video, tail) : await findShortfall(probe, report, tail));
  return missing && isIndexed && (await holdsSamples(probe)) ? undefined : missing;
}

/** Video and audio tracks. An index lists no samples of a cover image. */
const playableTracks = ({ streams }: ProbeReport): ProbeReport['streams'] =>
  streams.filter(
    ({ codec_type, disposition }) =>
      (codec_type === 'video' || codec_type === 'audio') && disposition.attached_pic !== 1,
  );

/** Whether every track has the samples that its index lists. Reads the whole file. */
async function holdsSamples(probe: Probe): Promise<boolean> {
  const entries = 'stream=index,codec_type,nb_frames,nb_read_packets:stream_disposition=attached_pic';
  const text = await tryProbe(probe, ['-count_packets', '-show_entries', entries, '-of', 'json']);
  if (text === undefined) return false;
  return playableTracks(probeReportSchema.parse(JSON.parse(text))).every(
    ({ nb_frames = 0, nb_read_packets = 0 }) =>
      nb_read_packets <= nb_frames && nb_read_packets >= nb_frames * minShare,
  );
}

/** Smallest share of a declared duration: headers are inexact, and the last frame may be held for long. */
const minShareOfDeclared = 0.9;
/** A clip of a few frames may lack this much: headers also count frames and audio that are not shown. */
const toleranceSeconds = 0.25;

const minSecondsOf = (declaredSeconds: number): number =>
  Math.min(declaredSeconds * minShareOfDeclared, declaredSeconds - toleranceSeconds);

/** A last frame that lasts longer may stand for frames that are missing. */
const longHoldSeconds = 1;

/**
 * Compares the end of the video with its declared duration, in containers that declare the number of frames.
 * AVI stores no times, so frames missing from its middle shorten the end. Demuxers read the first part of a
 * damaged index, and give its last frame the duration of all missing ones. The audio's declared duration is
 * no evidence: AVI stores audio that begins late as if it began at 0, with a header that ends late.
 */
function findMissingFrames(video: ProbedStream, tail: PacketTail): Truncation | undefined {
  const { endSeconds, lastShownSeconds } = tail;
  const end = endSeconds - lastShownSeconds > longHoldSeconds ? lastShownSeconds : endSeconds;
  const declared = video.duration ?? 0;
  const present = end - (video.start_time ?? 0);
  if (present >= minSecondsOf(declared)) return undefined;
  return {
    detail: `the header declares ${declared.toFixed(1)} s of video, but the file has ${present.toFixed(1)} s`,
    presentShare: present / declared,
  };
}

/**
 * Compares the end of every track with the declared duration: a file truncated between two packets is
 * shorter. Video alone may end early, while another track continues.
 */
async function findShortfall(
  probe: Probe,
  report: ProbeReport,
  tail: PacketTail,
): Promise<Truncation | undefined> {
  const start = report.format.start_time ?? 0;
  const declared = report.format.duration ?? 0;
  // Some containers declare the duration from the first timestamp, others from timestamp 0.
  const min = Math.min(start, 0) + minSecondsOf(declared);
  if (tail.endSeconds >= min) return undefined;
  const endOf = async (interval: readonly string[]): Promise<number> =>
    Math.max(start, (await readShown(probe, undefined, interval))?.endSeconds ?? start);
  const sought = await endOf(['-read_intervals', `${min.toFixed(3)}%+#100`]);
  const end = sought >= min ? sought : Math.max(sought, await endOf([]));
  if (end >= min || end <= start) return undefined;
  const present = end - start;
  return {
    detail: `the header declares ${declared.toFixed(1)} s, but the last track ends after ${present.toFixed(1)} s`,
    presentShare: present / declared,
  };
}
