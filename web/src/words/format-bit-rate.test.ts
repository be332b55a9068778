import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBitRate, formatBytes } from '#web/words/format-bit-rate.js';

describe('bit rates and bytes', () => {
  it.each([
    [0, '0 b/s'],
    [950, '950 b/s'],
    [999.6, '1.0 kb/s'],
    [64_000, '64.0 kb/s'],
    [145_000, '145 kb/s'],
    [4_230_000, '4.2 Mb/s'],
    [999_960, '1.0 Mb/s'],
    [2_500_000_000, '2.5 Gb/s'],
    [-1, '–'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('writes %d bits per second as %s', (bits, text) => {
    expect(formatBitRate(bits)).toBe(text);
  });

  it('writes bytes with their unit', () => {
    expect(formatBytes(1_310_720)).toBe('1.3 MB');
    expect(formatBytes(12)).toBe('12 B');
  });

  it('never writes four digits unless there is no larger unit', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (value) => {
        expect(formatBitRate(value)).toMatch(/^\d{1,4}(\.\d)? (b|kb|Mb|Gb)\/s$/);
        expect(formatBytes(value)).toMatch(/^\d{1,3}(\.\d)? (B|kB|MB|GB|TB)$/);
      }),
    );
  });
});
