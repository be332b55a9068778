import type { BenchRung } from '#bench/encode/rung-files.js';
import type { Plan } from '#core/contracts/plan.js';
import { frameStepOf } from '#planning/ladder/make-rung.js';
import { rungSizes } from '#planning/ladder/rung-sizes.js';
import type { MeasuredRung } from '#planning/ladder/viewers-measure.js';
import { h264CodecString, h264Level } from '#planning/levels/h264-level.js';

/** Five rate factors at six sizes: thirty encodes, for a planner without a time limit. */
const searchedCrfs = [20, 25, 30, 35, 40] as const;
const noCap = 60_000_000;
const qualityNobodySeesBeyond = 95;

export interface SearchedPoint extends MeasuredRung {
  height: number;
  crf: number;
}

/** Every size at every searched rate factor, without a cap: one list per rate factor. */
export function searchedRungs(plan: Plan, encoderPreset: string): BenchRung[][] {
  const { numerator, denominator } = plan.grid.frameRate;
  return searchedCrfs.map((crf) =>
    rungSizes(plan.video).map(({ width, height, stepHeight }) => {
      const frameStep = frameStepOf(plan.grid.frameRate, stepHeight);
      const level = h264Level(width, height, numerator / denominator / frameStep, noCap);
      return {
        renditionId: `h264-${height}`,
        codec: 'h264',
        width,
        height,
        frameStep,
        frameRate: { numerator: numerator / frameStep, denominator },
        crf,
        capBitsPerSecond: noCap,
        bufferBits: noCap,
        encoderPreset,
        codecString: h264CodecString(level),
        videoRange: 'SDR',
      };
    }),
  );
}

/**
 * Finds the best ladder among the encodes: for every peak of the fixed ladder, the size and rate factor with
 * the best quality below it, and the cheapest if the difference is invisible. Between two rate factors of a
 * size, quality is interpolated over the logarithm of bits.
 */
export function searchLadder(
  points: readonly SearchedPoint[],
  fixed: readonly MeasuredRung[],
): SearchedPoint[] {
  const candidates = interpolated(points);
  const chosen: SearchedPoint[] = [];
  for (const { peakBitsPerSecond } of fixed) {
    const best = candidates
      .filter((point) => point.peakBitsPerSecond <= peakBitsPerSecond)
      .reduce<SearchedPoint | undefined>((a, b) => (a && !isBetter(b, a) ? a : b), undefined);
    if (best && !chosen.includes(best)) chosen.push(best);
  }
  return chosen;
}

function isBetter(a: SearchedPoint, b: SearchedPoint): boolean {
  const [qualityA, qualityB] = [a, b].map(({ quality }) => Math.min(quality, qualityNobodySeesBeyond));
  if (qualityA !== qualityB) return (qualityA ?? 0) > (qualityB ?? 0);
  return a.averageBitsPerSecond < b.averageBitsPerSecond;
}

const stepsBetween = 10;

function interpolated(points: readonly SearchedPoint[]): SearchedPoint[] {
  return points.flatMap((from) => {
    const to = points
      .filter(({ height, crf }) => height === from.height && crf > from.crf)
      .sort((a, b) => a.crf - b.crf)[0];
    if (!to) return [from];
    return Array.from({ length: stepsBetween }, (_, step) => between(from, to, step / stepsBetween));
  });
}

function between(from: SearchedPoint, to: SearchedPoint, share: number): SearchedPoint {
  const geometric = (a: number, b: number): number => a * (b / a) ** share;
  return {
    height: from.height,
    crf: from.crf + share * (to.crf - from.crf),
    averageBitsPerSecond: geometric(from.averageBitsPerSecond, to.averageBitsPerSecond),
    peakBitsPerSecond: geometric(from.peakBitsPerSecond, to.peakBitsPerSecond),
    quality: from.quality + share * (to.quality - from.quality),
  };
}
