import { expect, it } from 'vitest';
import { defaultOutagePauses, OutagePauses } from '#workers/outage-pauses.js';

const pausesOf = (pauses: OutagePauses, job: { id: string; name: string }, count: number): number[] =>
  Array.from({ length: count }, () => pauses.nextMs(job));

it('doubles the pause of a task up to the limit', () => {
  const pauses = new OutagePauses(defaultOutagePauses, () => 1);
  const span = { id: 'span-1', name: 'encode-span' };
  expect(pausesOf(pauses, span, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  expect(pauses.nextMs({ id: 'span-2', name: 'encode-span' })).toBe(1_000);
  pauses.forget(span);
  expect(pauses.nextMs(span)).toBe(1_000);
});

it('lets a demand wait for a shorter time', () => {
  const pauses = new OutagePauses(defaultOutagePauses, () => 1);
  expect(pausesOf(pauses, { id: 'demand-1', name: 'encode-segment' }, 4)).toEqual([
    1_000, 2_000, 3_000, 3_000,
  ]);
});

it('spreads tasks over a quarter of the pause, and stays bounded after hours', () => {
  const pauses = new OutagePauses(defaultOutagePauses, () => 0);
  const all = pausesOf(pauses, { id: 'audio-1', name: 'encode-audio' }, 5_000);
  expect(all.slice(0, 2)).toEqual([750, 1_500]);
  expect(all.at(-1)).toBe(11_250);
});
