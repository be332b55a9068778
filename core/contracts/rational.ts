import { z } from 'zod';

/** An exact positive fraction, reduced or not, such as a frame rate of 30000/1001 frames per second. */
export const rationalSchema = z.object({
  numerator: z.number().int().positive(),
  denominator: z.number().int().positive(),
});
export type Rational = z.infer<typeof rationalSchema>;

export function rational(numerator: number, denominator = 1): Rational {
  return { numerator, denominator };
}

export function toNumber(value: Rational): number {
  return value.numerator / value.denominator;
}

/** Formats a rational as ffmpeg accepts it: `30000/1001`, or `25`. */
export function formatRational(value: Rational): string {
  return value.denominator === 1 ? `${value.numerator}` : `${value.numerator}/${value.denominator}`;
}
