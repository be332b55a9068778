import type { SegmentGrid } from '#core/contracts/plan.js';
import type { Rational } from '#core/contracts/rational.js';

const gopSeconds = 2;
const gopsPerSegment = 3;

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
  const frameCount = Math.max(1, Math.round((durationSeconds * frameRate.numerator) / frameRate.denominator));
  const gop = gopFrames(frameRate);
  const segmentFrames = gop * gopsPerSegment;
  return {
    frameRate,
    frameCount,
    gopFrames: gop,
    segmentFrames,
    segmentCount: Math.ceil(frameCount / segmentFrames),
  };
}
