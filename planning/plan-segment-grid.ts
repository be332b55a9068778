import type { SegmentGrid } from '#core/contracts/plan.js';
import type { Rational } from '#core/contracts/rational.js';

const gopSeconds = 2;
const gopsPerSegment = 3;
/**
 * A tail up to this long joins the segment before it: an encoder given a frame or two does not reorder them, and their
 * composition offsets would not fit the rendition's one init segment. Still far from the target duration's tolerance.
 */
const minTailSeconds = 0.4;

/**
 * Frames per closed GOP, from the exact rational rate: at 30000/1001 a "2 s" GOP is 60 frames, 2.002 s. Always even, so
 * that rungs at half rate have their key frames at the same instants.
 * RFC 8216 6.2.4 wants matching timestamps across variants; one grid for every rung is how we give it.
 */
export function gopFrames(frameRate: Rational): number {
  return 2 * Math.max(1, Math.round((gopSeconds * frameRate.numerator) / (2 * frameRate.denominator)));
}

/** The grid of a picture that lasts `durationSeconds`, to the nearest frame and at least one. */
export function planSegmentGrid(frameRate: Rational, durationSeconds: number): SegmentGrid {
  const framesIn = (seconds: number): number =>
    Math.round((seconds * frameRate.numerator) / frameRate.denominator);
  const frameCount = Math.max(1, framesIn(durationSeconds));
  const gop = gopFrames(frameRate);
  const segmentFrames = gop * gopsPerSegment;
  const segmentCount = Math.max(1, Math.ceil((frameCount - framesIn(minTailSeconds)) / segmentFrames));
  return { frameRate, frameCount, gopFrames: gop, segmentFrames, segmentCount };
}
