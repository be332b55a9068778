import { expect, it } from 'vitest';
import { ExpiringCache } from '#core/runtime/expiring-cache.js';

function source(limits = { entries: 2, freshMs: 1_000, absentFreshMs: 100, staleOnErrorMs: 5_000 }) {
  const state = { nowMs: 0, loads: 0, answer: 'one' as string | undefined, away: false };
  const cache = new ExpiringCache<string, string | undefined>(
    async () => {
      state.loads += 1;
      if (state.away) throw new Error('away');
      return state.answer;
    },
    limits,
    () => state.nowMs,
  );
  return { state, cache };
}

it('loads once for concurrent callers, and again once stale', async () => {
  const { state, cache } = source();
  expect(await Promise.all([cache.get('a'), cache.get('a'), cache.get('a')])).toEqual(['one', 'one', 'one']);
  expect(state.loads).toBe(1);
  state.nowMs = 999;
  await cache.get('a');
  expect(state.loads).toBe(1);
  state.nowMs = 1_000;
  state.answer = 'two';
  expect(await cache.get('a')).toBe('two');
});

it('loads a missing value again sooner', async () => {
  const { state, cache } = source();
  state.answer = undefined;
  expect(await cache.get('a')).toBeUndefined();
  state.answer = 'came';
  state.nowMs = 100;
  expect(await cache.get('a')).toBe('came');
});

it('serves stale values while loading fails, for a limited time', async () => {
  const { state, cache } = source();
  await cache.get('a');
  state.away = true;
  state.nowMs = 5_999;
  expect(await cache.get('a')).toBe('one');
  state.nowMs = 6_000;
  await expect(cache.get('a')).rejects.toThrow('away');
  await expect(cache.get('never seen')).rejects.toThrow('away');
});

it('keeps a bounded number of values', async () => {
  const { state, cache } = source();
  for (const key of ['a', 'b', 'c', 'a']) await cache.get(key);
  expect(state.loads).toBe(4);
});
