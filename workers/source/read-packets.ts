import { toNumber } from '#core/contracts/rational.js';
import { maxPlausibleFramesPerSecond } from '#planning/source/average-frame-rate.js';
import { measurePacketTail, type PacketTail } from '#planning/source/measure-packet-tail.js';
import { parseFrameRate } from '#planning/source/output-frame-rate.js';
import { PacketRows, type ShownPackets } from '#planning/source/packet-rows.js';
import type { ProbedStream, ProbeReport } from '#planning/source/probe-report.js';
import { maxPauseSeconds } from '#planning/source/timeline.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';

/** Runs ffprobe; resolves to its output, or to an empty string if `onText` takes it. Throws FfmpegError. */
export type Probe = (options: readonly string[], onText?: (text: string) => void) => Promise<string>;

/** How much of the end is read for the last packets, on the container's timeline. */
const tailSeconds = 10;
/** Seeks in search of a gap; enough for the longest title accepted by default. */
const maxSeeks = 150;

/**
 * Reads the last packets of the video. Reads all of them if a seek by the declared duration finds none (live
 * recordings, fragments), if the timeline seems to have a gap, or if the declared frame rate is implausible.
 * Undefined without packets.
 */
export async function readTail(
  probe: Probe,
  report: ProbeReport,
  video: ProbedStream,
): Promise<PacketTail | undefined> {
  const start = report.format.start_time ?? 0;
  const seconds = report.format.duration ?? 0;
  const isPaced = declaredRate(video) <= maxPlausibleFramesPerSecond;
  if (isPaced && seconds > 3 * tailSeconds) {
    const from = start + seconds - tailSeconds;
    // At once: every run reads the whole index of a long file again.
    const [hasGap, tail] = await Promise.all([
      mayPause(probe, video, start, seconds),
      readPackets(probe, video, ['-read_intervals', `${from.toFixed(3)}%`]),
    ]);
    // Frame rate and longest pause of the tail do not hold for the rest.
    if (tail && !hasGap) {
      const { endSeconds, lastShownSeconds, maxStepBackSeconds = 0 } = tail;
      return { endSeconds, lastShownSeconds, framesPerSecond: undefined, maxStepBackSeconds };
    }
  }
  return readPackets(probe, video, []);
}

/** Declared average frame rate, else the nominal one, else 0. */
function declaredRate({ avg_frame_rate, r_frame_rate }: ProbedStream): number {
  const rate = parseFrameRate(avg_frame_rate) ?? parseFrameRate(r_frame_rate);
  return rate ? toNumber(rate) : 0;
}

/** Enough for a decoder that reorders frames to return the first one. */
const firstPackets = 32;

/** Timing of video whose packets carry decode times only. */
interface DecodeTiming {
  /** Decode time of the first packet. */
  startSeconds: number;
  /** As `decodeDelaySeconds` of `SourceVideo`. */
  delaySeconds: number;
}

/**
 * Reads the timing of video without presentation times (AVI, and Matroska remuxed from it); undefined if it
 * has them. ffmpeg gives a frame the time of the packet that the decoder returned it for, so all frames are
 * late by the reordering depth. If the first frame is earlier than that, there is no delay; it is later still
 * if frames before it are missing.
 */
export async function readDecodeTiming(probe: Probe, video: ProbedStream): Promise<DecodeTiming | undefined> {
  const frameRate = parseFrameRate(video.r_frame_rate);
  if (!video.has_b_frames || !frameRate) return undefined;
  const expected = video.has_b_frames / toNumber(frameRate);
  const text = await tryProbe(probe, [
    ...['-select_streams', String(video.index), '-read_intervals', `%+#${firstPackets}`],
    ...['-show_entries', 'packet=pts_time,dts_time:frame=best_effort_timestamp_time', '-of', 'csv'],
  ]);
  const startSeconds = Number.parseFloat(/^packet,N\/A,([^,\s]*)/.exec(text ?? '')?.[1] ?? '');
  if (Number.isNaN(startSeconds)) return undefined;
  const lateSeconds = Number.parseFloat(/^frame,(.*)/m.exec(text ?? '')?.[1] ?? '') - startSeconds;
  return { startSeconds, delaySeconds: lateSeconds > expected - 0.5 / toNumber(frameRate) ? expected : 0 };
}

/** Half of the longest accepted pause, so that one of these seeks lands well inside any longer one. */
const searchSeconds = maxPauseSeconds / 2;
/** Key frames are this far apart only in a pause, or in a file that is worth reading whole. */
const rareKeyFrameSeconds = searchSeconds * 0.9;

const noPackets = new Float64Array();

/** Whether a seek lands long before the time sought: there may be no packets in between. */
async function mayPause(probe: Probe, video: ProbedStream, start: number, seconds: number): Promise<boolean> {
  const count = Math.min(maxSeeks, Math.floor(seconds / searchSeconds));
  if (count === 0) return false;
  const sought = Array.from({ length: count }, (_, index) => start + (index + 1) * searchSeconds);
  const interval = sought.map((at) => `${at.toFixed(3)}%+#1`).join(',');
  const found = (await readShown(probe, video, ['-read_intervals', interval]))?.shownSeconds ?? noPackets;
  return sought.some((at) => !found.some((landed) => Math.abs(at - landed) < rareKeyFrameSeconds));
}

async function readPackets(
  probe: Probe,
  video: ProbedStream,
  interval: readonly string[],
): Promise<PacketTail | undefined> {
  const packets = await readShown(probe, video, interval);
  return packets && measurePacketTail(packets, video);
}

/** Reads the packets of `video`, or of all tracks without it. Undefined if ffprobe fails. */
export async function readShown(
  probe: Probe,
  video: ProbedStream | undefined,
  interval: readonly string[],
): Promise<ShownPackets | undefined> {
  const rows = new PacketRows();
  const options = [
    ...(video === undefined ? [] : ['-select_streams', String(video.index)]),
    ...interval,
    ...['-show_entries', 'packet=pts_time,dts_time,duration_time,flags', '-of', 'compact=p=0:nk=1:s=,'],
  ];
  const text = await tryProbe((given) => probe(given, (piece) => rows.push(piece)), options);
  return text === undefined ? undefined : rows.packets();
}

/** Undefined if ffprobe fails or takes too long: the caller reads the file in another way, or refuses it. */
export async function tryProbe(probe: Probe, options: readonly string[]): Promise<string | undefined> {
  try {
    return await probe(options);
  } catch (error) {
    if (error instanceof FfmpegError && (error.code === 'exited' || error.code === 'deadline'))
      return undefined;
    throw error;
  }
}
