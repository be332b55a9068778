import type { VideoRung } from '#core/contracts/plan.js';

/** A rung's cap is at least this many times the cap below at the same size: about three CRF steps. */
const minCapStep = 1.4;
/** Neighbours further apart would leave connections between them with far less than they can carry. */
const maxCapStep = 2.5;
/** The step to the top rung may be smaller: it is the best quality of the title. */
const minLastCapStep = 1.25;
/**
 * Its expected average is at least this many times the one below: a rung that the title cannot fill looks the
 * same.
 */
const minAverageStep = 1.2;

interface TopRungs {
  top: VideoRung;
  below: VideoRung;
  secondBelow: VideoRung | undefined;
}

/**
 * Why the rung below the top one is omitted: the top one adds only headroom to it, and the step without it
 * stays small enough. Undefined if it is kept.
 */
export function explainReplacement({ top, below, secondBelow }: TopRungs): string | undefined {
  const isReplaced =
    secondBelow !== undefined &&
    top.capBitsPerSecond <= maxCapStep * secondBelow.capBitsPerSecond &&
    top.height === below.height &&
    top.capBitsPerSecond > below.capBitsPerSecond &&
    top.expectedBitsPerSecond < below.expectedBitsPerSecond * minAverageStep;
  if (!isReplaced) return undefined;
  const used = formatBitrate(below.expectedBitsPerSecond);
  return `the title is expected to use only ${used} of it; the rung above gives as much, with more headroom`;
}

/** Why a rung is omitted beside the one below of the same size; undefined if it is kept. */
export function explainOmission(rung: VideoRung, below: VideoRung, isLast: boolean): string | undefined {
  const step = rung.capBitsPerSecond / below.capBitsPerSecond;
  if (step < (isLast ? minLastCapStep : minCapStep))
    return `only ${formatBitrate(rung.capBitsPerSecond - below.capBitsPerSecond)} above the rung below`;
  // A much higher cap at the top serves scenes that the samples missed, whatever average is expected.
  if (isLast && step >= minCapStep) return undefined;
  if (rung.expectedBitsPerSecond >= below.expectedBitsPerSecond * minAverageStep) return undefined;
  const [more, less] = [rung, below].map(({ expectedBitsPerSecond }) => formatBitrate(expectedBitsPerSecond));
  return `the title is expected to use ${more} of it, little more than the ${less} of the rung below`;
}

/** The notation of reasons and refusals: `145 kb/s`. */
export const formatBitrate = (bitsPerSecond: number): string => `${Math.round(bitsPerSecond / 1000)} kb/s`;
