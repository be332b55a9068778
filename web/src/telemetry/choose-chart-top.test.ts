import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseChartTop } from '#web/telemetry/choose-chart-top.js';

describe('chooseChartTop', () => {
  it.each([
    [0, 1],
    [-3, 1],
    [Number.NaN, 1],
    [0.3, 0.5],
    [1, 1],
    [3, 5],
    [7, 10],
    [1_300_000, 2_000_000],
  ])('%d fits below %d', (value, top) => {
    expect(chooseChartTop(value)).toBeCloseTo(top);
  });

  it('is at least the value and at most 2.5 times as much', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (value) => {
        const top = chooseChartTop(value);
        expect(top).toBeGreaterThanOrEqual(value * 0.999_999);
        expect(top).toBeLessThanOrEqual(value * 2.5 * 1.000_001);
      }),
    );
  });
});
