import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rational } from '#core/contracts/rational.js';
import {
  type Complexity,
  complexityOf,
  predictBitsPerSecond,
  predictCrf,
  sampleCrf,
} from '#planning/ladder/complexity.js';

const measured: Complexity = {
  crf: sampleCrf,
  sizes: [
    { height: 234, bitsPerSecond: 200_000 },
    { height: 540, bitsPerSecond: 800_000 },
    { height: 1080, bitsPerSecond: 2_400_000 },
  ],
};

describe('complexityOf', () => {
  it('counts one key frame in a GOP of 2 s', () => {
    const { sizes } = complexityOf(
      [{ height: 540, keyFrameBytes: [30_000, 10_000], interFrameBytes: [1_000, 3_000] }],
      rational(25),
    );
    // (20000 + 49 * 2000 * 1.045) bytes per GOP, 25/50 GOPs per second.
    expect(sizes[0]?.bitsPerSecond).toBeCloseTo((122_410 * 8) / 2, 6);
  });

  it('sorts by height', () => {
    const sample = { keyFrameBytes: [1_000], interFrameBytes: [100] };
    const { sizes } = complexityOf(
      [
        { height: 540, ...sample },
        { height: 234, ...sample },
      ],
      rational(24),
    );
    expect(sizes.map(({ height }) => height)).toEqual([234, 540]);
  });

  it.each([
    ['no sample', [{ height: 540, keyFrameBytes: [], interFrameBytes: [] }], rational(25)],
    [
      'frames of no bytes',
      [
        { height: 234, keyFrameBytes: [0], interFrameBytes: [0] },
        { height: 540, keyFrameBytes: [0], interFrameBytes: [0] },
      ],
      rational(25),
    ],
    [
      'a frame every ten seconds',
      [{ height: 234, keyFrameBytes: [900], interFrameBytes: [9] }],
      rational(1, 10),
    ],
  ])('%s still predicts a number', (_name, samples, rate) => {
    const complexity = complexityOf(samples, rate);
    expect(predictBitsPerSecond(complexity, 360, 23)).toBeGreaterThan(0);
    expect(Number.isFinite(predictCrf(complexity, 360, 145_000))).toBe(true);
  });
});

describe('predictions', () => {
  it.each(measured.sizes)('are the measured bitrate at $height lines', ({ height, bitsPerSecond }) => {
    expect(predictBitsPerSecond(measured, height, sampleCrf)).toBeCloseTo(bitsPerSecond, 3);
    expect(predictCrf(measured, height, bitsPerSecond)).toBeCloseTo(sampleCrf, 9);
  });

  it('lie between the two nearest sizes', () => {
    const between = predictBitsPerSecond(measured, 720, sampleCrf);
    expect(between).toBeGreaterThan(800_000);
    expect(between).toBeLessThan(2_400_000);
  });

  it('continue above and below the measured sizes', () => {
    expect(predictBitsPerSecond(measured, 2160, sampleCrf)).toBeCloseTo(7_200_000, 0);
    expect(predictBitsPerSecond(measured, 117, sampleCrf)).toBeLessThan(200_000);
  });

  it('grow with the size and fall with the CRF; predicting a CRF inverts predicting bits', () => {
    const height = fc.integer({ min: 16, max: 4320 });
    const crf = fc.double({ min: 10, max: 45, noNaN: true });
    fc.assert(
      fc.property(height, crf, (lines, factor) => {
        const bits = predictBitsPerSecond(measured, lines, factor);
        expect(predictBitsPerSecond(measured, lines + 2, factor)).toBeGreaterThan(bits);
        expect(predictBitsPerSecond(measured, lines, factor + 1)).toBeLessThan(bits);
        expect(predictCrf(measured, lines, bits)).toBeCloseTo(factor, 6);
      }),
    );
  });
});
