import { expect, it } from 'vitest';
import { detectInterlacing } from '#workers/source/detect-interlacing.js';

it.each([
  ['all frames top first', { topFirst: 30, bottomFirst: 0, progressive: 0 }, 'top-first'],
  ['all frames bottom first', { topFirst: 0, bottomFirst: 30, progressive: 0 }, 'bottom-first'],
  ['a few progressive frames among them', { topFirst: 60, bottomFirst: 0, progressive: 15 }, 'top-first'],
  ['one frame in the other order', { topFirst: 40, bottomFirst: 1, progressive: 0 }, 'top-first'],
  ['no frames counted', { topFirst: 0, bottomFirst: 0, progressive: 0 }, 'no'],
  ['all frames progressive', { topFirst: 0, bottomFirst: 0, progressive: 150 }, 'no'],
  ['too few interlaced frames', { topFirst: 9, bottomFirst: 0, progressive: 0 }, 'no'],
  ['as many progressive frames', { topFirst: 40, bottomFirst: 0, progressive: 40 }, 'no'],
  ['both orders, as moving fine lines give', { topFirst: 58, bottomFirst: 43, progressive: 0 }, 'no'],
] as const)('%s', (_name, counts, interlaced) => {
  expect(detectInterlacing(counts)).toBe(interlaced);
});
