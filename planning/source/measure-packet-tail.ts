import { gapsBetween, maxOf, medianOf } from '#planning/source/frame-grid.js';
import type { ShownPackets } from '#planning/source/packet-rows.js';
import type { ProbedStream } from '#planning/source/probe-report.js';

/** What the video's last packets show, on the file's own timeline. */
export interface PacketTail {
  /** End of the last frame, in seconds: its PTS and its duration. */
  endSeconds: number;
  /** PTS of the last frame, in seconds. */
  lastShownSeconds: number;
  /** Frame rate over the packets that were read; undefined for too few packets. */
  framesPerSecond: number | undefined;
  /** Longest pause between two frames, in seconds, if all packets were read. */
  maxGapSeconds?: number;
  /** Largest backward jump of the timestamps, in seconds, among the packets that were read. */
  maxStepBackSeconds?: number;
  /** PTS of every frame, in seconds, if all packets were read. */
  shownSeconds?: Float64Array;
}

/**
 * Measures the end, the frame rate and the pauses of a video from its packets; undefined if there are none.
 */
export function measurePacketTail(packets: ShownPackets, video: ProbedStream): PacketTail | undefined {
  const { shownSeconds, maxStepBackSeconds } = packets;
  const [first, last] = [shownSeconds[0], shownSeconds.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const gaps = gapsBetween(shownSeconds);
  const lastSeconds = lastFrameSeconds(last, packets.lastSeconds ?? 0, gaps, video);
  const endSeconds = last + lastSeconds;
  const seconds = endSeconds - first;
  return {
    endSeconds,
    lastShownSeconds: last,
    framesPerSecond: shownSeconds.length > 1 && seconds > 0 ? shownSeconds.length / seconds : undefined,
    maxGapSeconds: Math.max(lastSeconds, maxOf(gaps) ?? 0),
    maxStepBackSeconds,
    shownSeconds,
  };
}

/**
 * A packet duration below this share of the median gap is one tick of the time base, not the frame's
 * duration.
 */
const minShareOfGap = 0.75;
/** An end declared further than this many times the longest gap after the last frame is a wrong header. */
const maxGapsToDeclaredEnd = 1.5;

/**
 * How long the last frame is shown: its packet's duration unless that is clearly below the median gap, else
 * the median gap. In streams with reordered frames, a packet's duration is the time to the next stored
 * packet, not to the next shown one: there the end declared in the track's header is closer, unless it
 * implies a pause longer than any other in the video.
 */
function lastFrameSeconds(
  lastShown: number,
  declaredSeconds: number,
  gaps: Float64Array,
  video: ProbedStream,
): number {
  const usual = medianOf(gaps.filter((gap) => gap > 0)) ?? declaredFrameSeconds(video);
  if (declaredSeconds >= usual * minShareOfGap) return declaredSeconds;
  const toDeclaredEnd = (video.start_time ?? 0) + (video.duration ?? 0) - lastShown;
  const isPlausible =
    toDeclaredEnd > 0 &&
    toDeclaredEnd >= declaredSeconds * minShareOfGap &&
    toDeclaredEnd <= (maxOf(gaps) ?? usual) * maxGapsToDeclaredEnd;
  return isPlausible ? toDeclaredEnd : usual;
}

function declaredFrameSeconds(video: ProbedStream): number {
  const [numerator = 0, denominator = 0] = (video.avg_frame_rate ?? '').split('/').map(Number);
  return numerator > 0 && denominator > 0 ? denominator / numerator : 1 / 25;
}
