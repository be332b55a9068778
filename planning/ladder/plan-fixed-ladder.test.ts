import { describe, expect, it } from 'vitest';
import { planFixedLadder } from '#planning/ladder/plan-fixed-ladder.js';

const cinemaRate = { numerator: 24, denominator: 1 };
const kilobits = (displayWidth: number, displayHeight: number, rate = cinemaRate) =>
  planFixedLadder({ displayWidth, displayHeight }, rate, 'fast').map((rung) => [
    rung.height,
    (rung.targetBitsPerSecond ?? 0) / 1000,
  ]);

describe('planFixedLadder', () => {
  it("is the table up to the source's size", () => {
    expect(kilobits(1280, 720)).toEqual([
      [234, 145],
      [360, 365],
      [432, 730],
      [432, 1100],
      [540, 2000],
      [720, 3000],
      [720, 4500],
    ]);
    expect(kilobits(1920, 1080).slice(-2)).toEqual([
      [1080, 6000],
      [1080, 7800],
    ]);
  });

  it('has one rung for the smallest source', () => {
    expect(kilobits(160, 90)).toEqual([[90, 145]]);
  });

  it('gives every rung its own id', () => {
    const ids = planFixedLadder({ displayWidth: 1920, displayHeight: 1080 }, cinemaRate, 'fast').map(
      ({ renditionId }) => renditionId,
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('runs small rungs of fast titles at half rate', () => {
    const ladder = planFixedLadder(
      { displayWidth: 1280, displayHeight: 720 },
      { numerator: 60, denominator: 1 },
      'fast',
    );
    expect(ladder.map(({ frameStep }) => frameStep)).toEqual([2, 2, 2, 2, 2, 1, 1]);
  });
});
