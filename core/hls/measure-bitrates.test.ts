import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureBitrates } from '#core/hls/measure-bitrates.js';

const segment = (kilobits: number, seconds: number): { bytes: number; seconds: number } => ({
  bytes: (kilobits * 1000) / 8,
  seconds,
});

describe('measureBitrates', () => {
  it.each([
    { name: 'equal segments', sizes: [segment(600, 6), segment(600, 6)], peak: 100_000, average: 100_000 },
    {
      name: 'one large segment',
      sizes: [segment(600, 6), segment(1200, 6)],
      peak: 200_000,
      average: 150_000,
    },
    {
      name: 'a last segment of one key frame, which counts with the one before it',
      sizes: [segment(600, 6), segment(40, 0.04)],
      peak: 105_961,
      average: 105_961,
    },
    { name: 'a title that lasts half a second', sizes: [segment(50, 0.5)], peak: 100_000, average: 100_000 },
    { name: 'no segments', sizes: [], peak: 0, average: 0 },
  ])('measures $name', ({ sizes, peak, average }) => {
    expect(measureBitrates(sizes, 6)).toMatchObject({
      peakBitsPerSecond: peak,
      averageBitsPerSecond: average,
    });
  });

  it('never measures a peak below the average if all segments are full', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 1e7 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(sizes, (bytes) => {
        const { peakBitsPerSecond, averageBitsPerSecond } = measureBitrates(
          bytes.map((each) => ({ bytes: each, seconds: 6 })),
          6,
        );
        expect(peakBitsPerSecond).toBeGreaterThanOrEqual(averageBitsPerSecond);
      }),
    );
  });
});
