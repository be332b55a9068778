import { z } from 'zod';

/** An exact positive fraction, reduced or not, such as a frame rate of 30000/1001 frames a second. */
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

export function formatRational(value: Rational): string {
  return value.denominator === 1 ? `${value.numerator}` : `${value.numerator}/${value.denominator}`;
}

/** Compares exactly; products stay below 2^53 for every frame rate and time base that media files carry. */
export function equalRationals(a: Rational, b: Rational): boolean {
  return a.numerator * b.denominator === b.numerator * a.denominator;
}
