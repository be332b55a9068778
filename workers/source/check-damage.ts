import { SourceRefusedError } from '#core/contracts/failure.js';
import type { Plan } from '#core/contracts/plan.js';
import { type FrameRange, frameSeconds } from '#core/contracts/segment-grid.js';
import type { RunFigures } from '#workers/ffmpeg/run-log.js';

/** Largest share of a span, and of a short title, that may be lost to damage and replaced by held frames. */
const maxLostShare = 0.25;
/** Glitches in a recording are shorter than this, and viewers can follow the video through them. */
const maxLostSeconds = 10;
/** Spans with fewer frames are not judged: the first frames may come late. */
const minJudgedFrames = 50;

/**
 * Throws SourceRefusedError (`corrupt`) if the video of a span freezes for long because packets could not be
 * decoded. A pause in an undamaged source is accepted.
 */
export function checkDamage(
  { videoFramesDecoded, damages }: RunFigures,
  { grid, video }: Plan,
  frames: FrameRange,
): void {
  const seconds = frameSeconds(grid, frames.end - frames.first);
  const expected = Math.round(seconds * video.averageFramesPerSecond);
  if (damages === 0 || expected < minJudgedFrames) return;
  const lost = expected - videoFramesDecoded;
  const lostSeconds = lost / video.averageFramesPerSecond;
  const maxSeconds = Math.min(maxLostSeconds, frameSeconds(grid, grid.frameCount) * maxLostShare);
  if (lost <= expected * maxLostShare || lostSeconds <= maxSeconds) return;
  const from = frameSeconds(grid, frames.first);
  const range = `from ${from.toFixed(1)} s to ${(from + seconds).toFixed(1)} s`;
  throw new SourceRefusedError(
    'corrupt',
    `only ${videoFramesDecoded} of ${expected} frames ${range} can be decoded`,
  );
}
