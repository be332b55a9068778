import type { VideoRung } from '#core/contracts/plan.js';
import { formatBitrate } from '#planning/ladder/format-bitrate.js';

/**
 * A rung's cap must be this far above the one below at the same size: about three steps of the rate factor.
 */
const minCapStep = 1.4;
/** Between neighbours farther apart than this lines would get far less than they carry. */
const maxCapStep = 2.5;
/** The topmost may be nearer: it is the best that the title can have. */
const minLastCapStep = 1.25;
/** And its expected average this far: a rung that the title cannot fill shows nothing new. */
const minAverageStep = 1.2;

/** Whether the topmost rung differs from the one below in nothing but room, and leaves no hole without it. */
export function addsHeadroomOnly(
  rung: VideoRung,
  below: VideoRung,
  secondBelow: VideoRung | undefined,
): boolean {
  return (
    secondBelow !== undefined &&
    rung.capBitsPerSecond <= maxCapStep * secondBelow.capBitsPerSecond &&
    rung.height === below.height &&
    rung.capBitsPerSecond > below.capBitsPerSecond &&
    rung.expectedBitsPerSecond < below.expectedBitsPerSecond * minAverageStep
  );
}

/** In words, why the rung below goes where the topmost one adds nothing but room. */
export function headroomOnly(below: VideoRung): string {
  const used = formatBitrate(below.expectedBitsPerSecond);
  return `the title would use ${used} of it: the rung above gives it as much, and room for more`;
}

/**
 * In words, why a rung is not worth its encode and its place in caches beside the one below of the same size.
 */
export function bringsTooLittle(rung: VideoRung, below: VideoRung, isLast: boolean): string | undefined {
  const step = rung.capBitsPerSecond / below.capBitsPerSecond;
  if (step < (isLast ? minLastCapStep : minCapStep))
    return `only ${formatBitrate(rung.capBitsPerSecond - below.capBitsPerSecond)} more than the rung below`;
  // Far more room at the top is for the scenes that samples missed, whatever the title is expected to use of
  // it.
  if (isLast && step >= minCapStep) return undefined;
  if (rung.expectedBitsPerSecond < below.expectedBitsPerSecond * minAverageStep) {
    const [more, less] = [
      formatBitrate(rung.expectedBitsPerSecond),
      formatBitrate(below.expectedBitsPerSecond),
    ];
    return `the title would use ${more} of it, and uses ${less} of the rung below`;
  }
  return undefined;
}
