import { SourceRefusedError } from '#core/contracts/failure.js';
import type { Plan } from '#core/contracts/plan.js';
import { type FrameRange, frameSeconds } from '#core/contracts/segment-grid.js';
import type { RunFigures } from '#workers/ffmpeg/run-log.js';

/** More of a span's frames, and of a short title's, may not be lost to damage: the one before them stands in their place. */
const maxLostShare = 0.25;
/** A recording's glitches are shorter; whoever sees them still sees the film. */
const maxLostSeconds = 10;
/** Fewer say nothing: the first ones may come late. */
const fewFrames = 50;

/** A film that stands still for long is not what was uploaded; pauses of a film that is whole are. */
export function checkDamage(
  { videoFramesDecoded, damages }: RunFigures,
  { grid, video }: Plan,
  frames: FrameRange,
): void {
  const seconds = frameSeconds(grid, frames.end - frames.first);
  const expected = Math.round(seconds * video.averageFramesPerSecond);
  if (damages === 0 || expected < fewFrames) return;
  const lost = expected - videoFramesDecoded;
  const lostSeconds = lost / video.averageFramesPerSecond;
  const accepted = Math.min(maxLostSeconds, frameSeconds(grid, grid.frameCount) * maxLostShare);
  if (lost <= expected * maxLostShare || lostSeconds <= accepted) return;
  const from = frameSeconds(grid, frames.first);
  throw new SourceRefusedError(
    'corrupt',
    `of ${expected} frames from ${from.toFixed(1)} s to ${(from + seconds).toFixed(1)} s, ${videoFramesDecoded} can be decoded`,
  );
}
