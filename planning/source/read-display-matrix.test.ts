import { expect, it } from 'vitest';
import { readDisplayMatrix } from '#planning/source/read-display-matrix.js';

const one = 65_536;
/** A matrix of 16.16 fixed-point numbers as ffprobe prints it. */
const printed = (a: number, b: number, c: number, d: number): string =>
  [
    [a, b, 0],
    [c, d, 0],
    [0, 0, 2 ** 30],
  ]
    .map((row, index) => `\n0000000${index}: ${row.map((value) => String(value).padStart(11)).join(' ')}`)
    .join('');

it.each<[string, string | undefined, number, boolean]>([
  ['no matrix', undefined, 0, false],
  ['no text', '', 0, false],
  ['nonsense', 'left, then up', 0, false],
  ['upright', printed(one, 0, 0, one), 0, false],
  ['a quarter turn', printed(0, one, -one, 0), 90, false],
  ['upside down', printed(-one, 0, 0, -one), 180, false],
  ['three quarter turns', printed(0, -one, one, 0), 270, false],
  ['mirrored left to right', printed(-one, 0, 0, one), 0, true],
  ['mirrored top to bottom is a half turn, then left to right', printed(one, 0, 0, -one), 180, true],
  ['a quarter turn and mirrored', printed(0, one, one, 0), 90, true],
  ['three quarter turns and mirrored', printed(0, -one, -one, 0), 270, true],
  ['nearly a quarter turn', printed(2_000, 65_505, -65_505, 2_000), 90, false],
  ['nearly upright', printed(65_505, -2_000, 2_000, 65_505), 0, false],
  ['scaled by two', printed(0, 2 * one, -2 * one, 0), 90, false],
  ['all zeros', printed(0, 0, 0, 0), 0, false],
])('%s', (_name, text, rotationDegrees, mirrored) => {
  expect(readDisplayMatrix(text)).toEqual({ rotationDegrees, mirrored });
});
