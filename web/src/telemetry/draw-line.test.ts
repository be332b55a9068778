import { describe, expect, it } from 'vitest';
import { drawArea, drawLine, drawSteps, toDecades } from '#web/telemetry/draw-line.js';

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
