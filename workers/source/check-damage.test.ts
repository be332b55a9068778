import { expect, it } from 'vitest';
import { checkDamage } from '#workers/source/check-damage.js';

const plan = {
  grid: { frameRate: { numerator: 25, denominator: 1 }, frameCount: 25 * 600 },
  video: { averageFramesPerSecond: 25 },
} as unknown as Parameters<typeof checkDamage>[1];
/** 24 s, 600 frames. */
const frames = { first: 1000, end: 1600 };
const figures = (videoFramesDecoded: number, damages: number) =>
  ({ videoFramesDecoded, damages }) as Parameters<typeof checkDamage>[0];

it.each([
  ['frames are few but undamaged, as in a pause', figures(10, 0), frames],
  ['a quarter of the frames is lost', figures(450, 3), frames],
  ['ten seconds are lost', figures(350, 3), frames],
  ['a span is too short to judge', figures(0, 3), { first: 0, end: 49 }],
])('passes when %s', (_case, found, range) => {
  expect(() => checkDamage(found, plan, range)).not.toThrow();
});

it('refuses a source that damage freezes for more than ten seconds, and names the span', () => {
  expect(() => checkDamage(figures(349, 1), plan, frames)).toThrow(
    'only 349 of 600 frames from 40.0 s to 64.0 s can be decoded',
  );
});

it('accepts at most a quarter of a short title', () => {
  const short = { ...plan, grid: { ...plan.grid, frameCount: 600 } };
  expect(() => checkDamage(figures(449, 1), short, { first: 0, end: 600 })).toThrow(
    'only 449 of 600 frames from 0.0 s to 24.0 s can be decoded',
  );
});
