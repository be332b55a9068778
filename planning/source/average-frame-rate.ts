import { toNumber } from '#core/contracts/rational.js';
import { gapsBetween, keepsToGrid, medianOf } from '#planning/source/frame-grid.js';
import type { PacketTail } from '#planning/source/measure-packet-tail.js';
import { parseFrameRate } from '#planning/source/output-frame-rate.js';
import type { ProbedStream } from '#planning/source/probe-report.js';

/**
 * Declared rates above this are ignored: no camera or screen recorder reaches them, and ffprobe reports the
 * time base, 1000, for Matroska without a nominal rate.
 */
export const maxPlausibleFramesPerSecond = 250;

/**
 * Rounded timestamps move the average of a steady stream this far from its nominal rate, as a share of it.
 */
const maxRoundingShare = 0.0011;
/** A few longer frames at the start or the end move it this far. */
const maxStrayShare = 0.01;
/** A median gap this many times the nominal one shows that the nominal rate is not the rate of the frames. */
const minSlowerRatio = 1.5;
/** A counted rate below every output rate is no better than the nominal one. */
const minCountedFramesPerSecond = 23;

/**
 * Average frame rate of the whole video, from the first source that applies:
 *
 * 1. the declared rate, if the declared average and nominal rates agree, as they do for a steady stream, and
 *    the frames are not clearly further apart;
 * 2. the nominal rate, if no average is declared and all frames keep to its grid: Theora leaves out repeated
 *    frames;
 * 3. the rate counted from the packets, if all were read;
 * 4. the declared average, then the nominal rate, then 25.
 */
export function averageFrameRate(video: ProbedStream, tail: PacketTail): number {
  const [average, nominal] = [video.avg_frame_rate, video.r_frame_rate].map((text) => {
    const rate = parseFrameRate(text);
    return rate && toNumber(rate) <= maxPlausibleFramesPerSecond ? toNumber(rate) : undefined;
  });
  const shownSeconds = tail.shownSeconds ?? new Float64Array();
  const difference = average && nominal ? Math.abs(average - nominal) / nominal : Number.POSITIVE_INFINITY;
  if (average && nominal && hasFieldPackets(video, average, nominal)) return average;
  const isSlower =
    (medianOf(gapsBetween(shownSeconds)) ?? 0) * (nominal ?? 0) > minSlowerRatio &&
    (tail.framesPerSecond ?? 0) > minCountedFramesPerSecond;
  if (average && difference <= maxRoundingShare && !isSlower) return average;
  if (nominal && difference <= maxStrayShare && !isSlower) return nominal;
  if (!average && nominal && keepsToGrid(nominal, shownSeconds)) return nominal;
  return tail.framesPerSecond ?? average ?? nominal ?? 25;
}

/**
 * Interlaced H.264 may store each field in its own packet; the nominal and the counted rates are then field
 * rates.
 */
const hasFieldPackets = (
  { field_order: order = '' }: ProbedStream,
  average: number,
  nominal: number,
): boolean =>
  ['tt', 'bb', 'tb', 'bt'].includes(order) && Math.abs(nominal / average - 2) <= 2 * maxRoundingShare;
