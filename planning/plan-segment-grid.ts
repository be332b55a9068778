import type { SegmentGrid } from '#core/contracts/plan.js';
import type { Rational } from '#core/contracts/rational.js';

const gopSeconds = 2;
const gopsPerSegment = 3;
/**
 * A tail up to this long joins the segment before it: an encoder does not reorder one or two frames, so their
 * composition offsets would not match the rendition's one init segment. 6.4 s stays within the target
 * duration's tolerance of 0.5 s.
 */
const minTailSeconds = 0.4;

/**
 * Frames per closed GOP, from the exact rational rate: at 30000/1001 a "2 s" GOP is 60 frames, 2.002 s. The
 * number is even, so that rungs at half rate have their key frames at the same times. RFC 8216 6.2.4 requires
 * matching timestamps across variants; one grid for every rung provides them.
 */
export function gopFrames(frameRate: Rational): number {
  return 2 * Math.max(1, Math.round((gopSeconds * frameRate.numerator) / (2 * frameRate.denominator)));
}

/** Plans the grid of a video of `durationSeconds`, rounded to the nearest frame and to at least one. */
export function planSegmentGrid(frameRate: Rational, durationSeconds: number): SegmentGrid {
  const framesIn = (seconds: number): number =>
    Math.round((seconds * frameRate.numerator) / frameRate.denominator);
  const frameCount = Math.max(1, framesIn(durationSeconds));
  const gop = gopFrames(frameRate);
  const segmentFrames = gop * gopsPerSegment;
  const segmentCount = Math.max(1, Math.ceil((frameCount - framesIn(minTailSeconds)) / segmentFrames));
  return { frameRate, frameCount, gopFrames: gop, segmentFrames, segmentCount };
}
