import { type Rational, rational, toNumber } from '#core/contracts/rational.js';

/** The frame rates of all output: those that players, displays and HLS agree on. */
export const outputFrameRates: readonly Rational[] = [
  rational(24000, 1001),
  rational(24),
  rational(25),
  rational(30000, 1001),
  rational(30),
  rational(48),
  rational(50),
  rational(60000, 1001),
  rational(60),
];

/** The output rate nearest to the source's average frame rate; the lower one of two at equal distance. */
export function outputFrameRate(averageFramesPerSecond: number): Rational {
  let best = outputFrameRates[0] as Rational;
  for (const candidate of outputFrameRates) {
    const distance = Math.abs(toNumber(candidate) - averageFramesPerSecond);
    if (distance < Math.abs(toNumber(best) - averageFramesPerSecond)) best = candidate;
  }
  return best;
}

/**
 * Parses a rate that ffprobe prints, such as `30000/1001`; undefined for `0/0` and anything but a positive
 * rate.
 */
export function parseFrameRate(text: string | undefined): Rational | undefined {
  const match = /^(\d{1,9})\/(\d{1,9})$/.exec(text ?? '');
  if (!match) return undefined;
  const [numerator, denominator] = [Number(match[1]), Number(match[2])];
  return numerator > 0 && denominator > 0 ? { numerator, denominator } : undefined;
}
