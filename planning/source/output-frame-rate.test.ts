import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRational, toNumber } from '#core/contracts/rational.js';
import { outputFrameRate, outputFrameRates, parseFrameRate } from '#planning/source/output-frame-rate.js';

describe('outputFrameRate', () => {
  it.each([
    ['cinema', 24, '24'],
    ['cinema on video', 24000 / 1001, '24000/1001'],
    ['PAL', 25, '25'],
    ['NTSC', 30000 / 1001, '30000/1001'],
    ['NTSC as some muxers round it', 29.97, '30000/1001'],
    ['cinema on video as some muxers round it', 23.98, '24000/1001'],
    ['a phone that meant 30', 29.994, '30'],
    ['high frame rate cinema', 48, '48'],
    ['NTSC fields', 59.94, '60000/1001'],
    ['a slide show of one frame per second', 1, '24000/1001'],
    ['an old web cam', 15, '24000/1001'],
    ['halfway between 24 and 25: the lower', 24.5, '24'],
    ['a screen recorder at 37', 37, '30'],
    ['a game at 120', 120, '60'],
    ['a slow-motion camera at 240', 240, '60'],
  ])('%s', (_name, average, rate) => {
    expect(formatRational(outputFrameRate(average))).toBe(rate);
  });

  it('is the nearest output rate', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1000, noNaN: true }), (average) => {
        const distance = Math.abs(toNumber(outputFrameRate(average)) - average);
        for (const rate of outputFrameRates)
          expect(distance).toBeLessThanOrEqual(Math.abs(toNumber(rate) - average));
      }),
    );
  });
});

describe('parseFrameRate', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['a fraction', '30000/1001', '30000/1001'],
    ['a whole number', '25/1', '25'],
    ['an unknown rate', '0/0', undefined],
    ['a rate of zero', '0/1', undefined],
    ['a zero denominator', '25/0', undefined],
    ['a negative rate', '-25/1', undefined],
    ['not a fraction', '25', undefined],
    ['numbers too large to be exact', '99999999999999999999/1', undefined],
    ['absent', undefined, undefined],
  ])('%s', (_name, text, rate) => {
    const parsed = parseFrameRate(text);
    expect(parsed && formatRational(parsed)).toBe(rate);
  });
});
