import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StopBudget, type StopTimes, stopTimesOf } from '#workers/ffmpeg/stop-budget.js';

const times: StopTimes = { maxStoppedMs: 9_000, minShare: 0.1 };
const pollMs = 200;

/** The times at which an outranked run is stopped or continued, within a duration. */
function changes(budget: StopBudget, untilMs: number): { atMs: number; isStopped: boolean }[] {
  const found: { atMs: number; isStopped: boolean }[] = [];
  for (let atMs = 0; atMs <= untilMs; atMs += pollMs) {
    const isStopped = budget.update(atMs, true);
    if (isStopped !== (found.at(-1)?.isStopped ?? false)) found.push({ atMs, isStopped });
  }
  return found;
}

describe('an outranked run', () => {
  it('is stopped at once and stays stopped as long as a player waits', () => {
    expect(changes(new StopBudget(0, () => times), 8_800)).toEqual([{ atMs: 0, isStopped: true }]);
  });

  it('gets a second in ten under endless demand', () => {
    expect(changes(new StopBudget(0, () => times), 29_800)).toEqual([
      { atMs: 0, isStopped: true },
      { atMs: 9_000, isStopped: false },
      { atMs: 10_000, isStopped: true },
      { atMs: 19_000, isStopped: false },
      { atMs: 20_000, isStopped: true },
      { atMs: 29_000, isStopped: false },
    ]);
  });

  it('earns no credit by running', () => {
    const budget = new StopBudget(0, () => times);
    budget.update(0, false);
    expect(budget.update(3_600_000, true)).toBe(true);
    expect(budget.update(3_608_900, true)).toBe(true);
    expect(budget.update(3_609_000, true)).toBe(false);
  });

  it('gets its share of the time, however demands follow each other', () => {
    const step = fc.record({ ms: fc.integer({ min: 1, max: 1_000 }), isOutranked: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 500 }), (steps) => {
        const budget = new StopBudget(0, () => times);
        let nowMs = 0;
        for (const { ms, isOutranked } of steps) {
          budget.update(nowMs, isOutranked);
          nowMs += ms;
        }
        const ranMs = nowMs - budget.totalStoppedMs(nowMs);
        // A stop may overrun by one step, and the last one is not yet repaid.
        const owedMs = times.maxStoppedMs + 1_000;
        expect(ranMs).toBeGreaterThanOrEqual(times.minShare * (nowMs - owedMs) - 1e-6);
      }),
    );
  });
});

it('runs while nothing outranks it, in the middle of a debt too', () => {
  const budget = new StopBudget(0, () => times);
  budget.update(0, true);
  expect(budget.update(5_000, false)).toBe(false);
  expect(budget.update(5_001, true)).toBe(true);
  expect(budget.totalStoppedMs(6_001)).toBe(6_000);
});

it('stops a run whose player is playing for less time than other runs', () => {
  const budget = new StopBudget(0, () => stopTimesOf('demand'));
  expect(changes(budget, 6_000).slice(0, 2)).toEqual([
    { atMs: 0, isStopped: true },
    { atMs: 3_000, isStopped: false },
  ]);
});
