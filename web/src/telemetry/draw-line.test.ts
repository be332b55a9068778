import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseChartTop, drawArea, drawLine, drawSteps, toDecades } from '#web/telemetry/draw-line.js';

const frame = { fromMs: 0, toMs: 100, top: 10, width: 200, height: 50 };

describe('chart paths', () => {
  it('puts time on the horizontal axis and zero at the bottom', () => {
    const points = [
      { atMs: 0, value: 0 },
      { atMs: 50, value: 5 },
      { atMs: 100, value: 10 },
    ];
    expect(drawLine(points, frame)).toBe('M0 50L100 25L200 0');
    expect(drawArea(points, frame)).toBe('M0 50L0 50L100 25L200 0L200 50Z');
  });

  it('holds a value until the next one in steps', () => {
    const points = [
      { atMs: 0, value: 10 },
      { atMs: 50, value: 5 },
    ];
    expect(drawSteps(points, frame)).toBe('M0 0H100V25');
  });

  it('leaves a gap for a missing value', () => {
    const points = [
      { atMs: 0, value: 5 },
      { atMs: 25, value: undefined },
      { atMs: 50, value: 5 },
    ];
    expect(drawLine(points, frame)).toBe('M0 25M100 25');
  });

  it('limits values to the top and draws nothing without points', () => {
    expect(drawLine([{ atMs: 0, value: 99 }], frame)).toBe('M0 0');
    expect(drawArea([], frame)).toBe('');
  });
});

describe('toDecades', () => {
  it('counts decades above the floor, none below it, and keeps gaps', () => {
    const points = [50, 100, 100_000, undefined].map((value, atMs) => ({ atMs, value }));
    expect(toDecades(points, 100).map(({ value }) => value)).toEqual([0, 0, 3, undefined]);
  });
});

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
