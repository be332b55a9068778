import { toNumber } from '#core/contracts/rational.js';
import { maxPlausibleFramesPerSecond } from '#planning/source/average-frame-rate.js';
import { measurePacketTail, type PacketTail } from '#planning/source/measure-packet-tail.js';
import { parseFrameRate } from '#planning/source/output-frame-rate.js';
import { PacketRows, type ShownPackets } from '#planning/source/packet-rows.js';
import type { ProbedStream, ProbeReport } from '#planning/source/probe-report.js';
import { maxPauseSeconds } from '#planning/source/timeline.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';

/**
 * Runs ffprobe on one source; resolves to what it prints, or to nothing where `onText` takes it as it comes. Throws
 * FfmpegError.
 */
export type Probe = (options: readonly string[], onText?: (text: string) => void) => Promise<string>;

/** The tail that is read for the last packets, seconds of the container's time line. */
const tailSeconds = 10;
/** Moments looked at in search of a hole: enough for the longest title that is accepted by default. */
const maxProbes = 150;

/**
 * Reads the last packets; where the container's duration leads nowhere (recordings, fragments), its time line seems to have
 * a hole, or its frame rate is beyond belief, all of them. Undefined where there are none.
 */
export async function readTail(
  probe: Probe,
  report: ProbeReport,
  video: ProbedStream,
): Promise<PacketTail | undefined> {
  const start = report.format.start_time ?? 0;
  const seconds = report.format.duration ?? 0;
  const isPaced = declaredRate(video) <= maxPlausibleFramesPerSecond;
  if (isPaced && seconds > 3 * tailSeconds && !(await seemsToPause(probe, video, start, seconds))) {
    const from = start + seconds - tailSeconds;
    const tail = await readPackets(probe, video, ['-read_intervals', `${from.toFixed(3)}%`]);
    // The pace and the longest pause of the tail say nothing about the rest.
    if (tail) {
      const { endSeconds, lastShownSeconds, maxStepBackSeconds = 0 } = tail;
      return { endSeconds, lastShownSeconds, framesPerSecond: undefined, maxStepBackSeconds };
    }
  }
  return readPackets(probe, video, []);
}

/** Frames a second on average; the nominal rate where the average is not known, 0 where nothing is. */
function declaredRate({ avg_frame_rate, r_frame_rate }: ProbedStream): number {
  const rate = parseFrameRate(avg_frame_rate) ?? parseFrameRate(r_frame_rate);
  return rate ? toNumber(rate) : 0;
}

/** Packets that are enough for a decoder that reorders frames to show the first. */
const firstPackets = 32;

/** The clock of a picture whose packets tell when they are decoded, not when they are shown. */
export interface DecodeTiming {
  /** Of the first packet. */
  startSeconds: number;
  /** See `SourcePicture`. */
  delaySeconds: number;
}

/**
 * Undefined where presentation times are told. Without them (AVI, and Matroska that was made of it), ffmpeg gives a frame
 * the time of the packet that it left the decoder with: all are late by as many frames as are reordered. There is no delay
 * where the first frame comes earlier; it comes later still where frames before it are missing.
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
  const late = Number.parseFloat(/^frame,(.*)/m.exec(text ?? '')?.[1] ?? '') - startSeconds;
  return { startSeconds, delaySeconds: late > expected - 0.5 / toNumber(frameRate) ? expected : 0 };
}

/** Half of the longest pause that is accepted, so that one of these moments falls well within any longer one. */
const searchSeconds = maxPauseSeconds / 2;
/** Key frames are never this far apart but in pauses, and in files that are worth a whole look. */
const rareKeyFrameSeconds = searchSeconds * 0.9;

const noPackets = new Float64Array();

/** Whether a seek to some moment lands long before it: there may be nothing in between. */
async function seemsToPause(
  probe: Probe,
  video: ProbedStream,
  start: number,
  seconds: number,
): Promise<boolean> {
  const count = Math.min(maxProbes, Math.floor(seconds / searchSeconds));
  if (count === 0) return false;
  const moments = Array.from({ length: count }, (_, index) => start + (index + 1) * searchSeconds);
  const interval = moments.map((moment) => `${moment.toFixed(3)}%+#1`).join(',');
  const found = (await readShown(probe, video, ['-read_intervals', interval]))?.shownSeconds ?? noPackets;
  return moments.some((moment) => !found.some((at) => Math.abs(moment - at) < rareKeyFrameSeconds));
}

async function readPackets(
  probe: Probe,
  video: ProbedStream,
  interval: readonly string[],
): Promise<PacketTail | undefined> {
  const packets = await readShown(probe, video, interval);
  return packets && measurePacketTail(packets, video);
}

/** Of all tracks where no picture is named. Undefined where ffprobe fails. */
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

/** Undefined where ffprobe fails or takes too long: the file is looked at in another way, or refused. */
export async function tryProbe(probe: Probe, options: readonly string[]): Promise<string | undefined> {
  try {
    return await probe(options);
  } catch (error) {
    if (error instanceof FfmpegError && (error.code === 'exited' || error.code === 'deadline'))
      return undefined;
    throw error;
  }
}
