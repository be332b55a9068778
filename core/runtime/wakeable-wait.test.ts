import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WakeableWait } from '#core/runtime/wakeable-wait.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Whether a promise has settled by now, without time passing. */
async function hasEnded(waiting: Promise<void>): Promise<boolean> {
  return Promise.race([waiting.then(() => true), vi.advanceTimersByTimeAsync(0).then(() => false)]);
}

test('a wake ends every running wait, and no later one', async () => {
  const wait = new WakeableWait();
  const running = [wait.wait(), wait.wait({ timeoutMs: 1_000 })];
  wait.wake();
  await Promise.all(running);
  expect(await hasEnded(wait.wait())).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

test('a wake while nobody waits ends the next wait, and only that', async () => {
  const wait = new WakeableWait();
  wait.wake();
  wait.wake();
  expect(await hasEnded(wait.wait())).toBe(true);
  expect(await hasEnded(wait.wait())).toBe(false);
});

test('ends after its timeout', async () => {
  const wait = new WakeableWait();
  const waiting = wait.wait({ timeoutMs: 1_000 });
  expect(await hasEnded(waiting)).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await hasEnded(waiting)).toBe(true);
});

test('ends when its signal aborts, and at once when it has aborted', async () => {
  const wait = new WakeableWait();
  const stopped = new AbortController();
  const waiting = wait.wait({ timeoutMs: 1_000, signal: stopped.signal });
  stopped.abort();
  await waiting;
  expect(await hasEnded(wait.wait({ signal: stopped.signal }))).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
