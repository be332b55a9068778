import { SourceRefusedError } from '#core/contracts/failure.js';
import type { PacketTail } from '#planning/source/measure-packet-tail.js';
import type { SourceLimits } from '#planning/source/source-limits.js';
import { maxPauseSeconds, minShare, type Truncation } from '#planning/source/timeline.js';

interface CheckedTimeline {
  durationSeconds: number;
  /** Duration in the container's header. */
  declaredSeconds: number | undefined;
  tail: PacketTail;
  truncation: Truncation | undefined;
}

/**
 * Refuses sources with unusable timestamps, out of the limits, or truncated: `duration`, `frame_rate`,
 * `truncated`.
 */
export function checkTimeline(timeline: CheckedTimeline, limits: SourceLimits): void {
  checkPauses(timeline.tail);
  checkTimestamps(timeline.tail);
  checkDuration(timeline.durationSeconds, limits);
  checkFrameRate(timeline.tail, limits);
  checkCompleteness(timeline);
}

function checkPauses({ maxGapSeconds = 0 }: PacketTail): void {
  if (maxGapSeconds <= maxPauseSeconds) return;
  throw new SourceRefusedError(
    'duration',
    `the timestamps jump by ${Math.round(maxGapSeconds)} s between two frames`,
  );
}

/**
 * Many files store timestamps slightly out of order; beyond this they start again, and two frames share one
 * PTS.
 */
const maxStepBackSeconds = 1;

function checkTimestamps({ maxStepBackSeconds: step = 0 }: PacketTail): void {
  if (step <= maxStepBackSeconds) return;
  throw new SourceRefusedError(
    'duration',
    `the timestamps jump back by ${step.toFixed(1)} s: files joined without new timestamps`,
  );
}

function checkDuration(seconds: number, { minSeconds, maxSeconds }: SourceLimits): void {
  if (seconds >= minSeconds && seconds <= maxSeconds) return;
  throw new SourceRefusedError(
    'duration',
    `the video lasts ${seconds.toFixed(3)} s; ${minSeconds} to ${maxSeconds} s are accepted`,
  );
}

/** The rate of so few frames means nothing: rounding may put them anywhere. */
const maxUnjudgedFrames = 10;
/** Allows for rounded timestamps. */
const frameRateTolerance = 1.01;

function checkFrameRate(
  { framesPerSecond = 0, shownSeconds = new Float64Array() }: PacketTail,
  { maxFramesPerSecond }: SourceLimits,
): void {
  const frameCount = shownSeconds.length;
  if (frameCount <= maxUnjudgedFrames || framesPerSecond <= maxFramesPerSecond * frameRateTolerance) return;
  const measured = `${frameCount} frames at ${Math.round(framesPerSecond)} frames per second`;
  throw new SourceRefusedError('frame_rate', `${measured}; at most ${maxFramesPerSecond} are accepted`);
}

function checkCompleteness({ durationSeconds, declaredSeconds, truncation }: CheckedTimeline): void {
  if (truncation === undefined) return;
  const lacksSeconds = declaredSeconds !== undefined && durationSeconds < declaredSeconds * minShare;
  // A file can lose its last bytes (an index, padding) and still hold the whole video.
  if (!truncation.hidesLength && !lacksSeconds && (truncation.presentShare ?? 1) >= minShare) return;
  const present = durationSeconds.toFixed(1);
  const share = lacksSeconds ? `${present} s of ${declaredSeconds.toFixed(1)} s` : `${present} s`;
  throw new SourceRefusedError('truncated', `${truncation.detail}; ${share} are present`);
}
