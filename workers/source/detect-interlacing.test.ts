import { expect, it } from 'vitest';
import { detectInterlacing } from '#workers/source/detect-interlacing.js';

it.each([
  ['all frames top first', { topFirst: 30, bottomFirst: 0, progressive: 0 }, 'top-first'],
  ['all frames bottom first', { topFirst: 0, bottomFirst: 30, progressive: 0 }, 'bottom-first'],
  ['some still frames between', { topFirst: 60, bottomFirst: 0, progressive: 15 }, 'top-first'],
  ['one frame the other way round', { topFirst: 40, bottomFirst: 1, progressive: 0 }, 'top-first'],
  ['nothing to be told', { topFirst: 0, bottomFirst: 0, progressive: 0 }, 'no'],
  ['progressive', { topFirst: 0, bottomFirst: 0, progressive: 150 }, 'no'],
  ['too few to tell', { topFirst: 9, bottomFirst: 0, progressive: 0 }, 'no'],
  ['as many progressive frames', { topFirst: 40, bottomFirst: 0, progressive: 40 }, 'no'],
  ['both orders: fine lines that move', { topFirst: 58, bottomFirst: 43, progressive: 0 }, 'no'],
] as const)('%s', (_name, counts, interlaced) => {
  expect(detectInterlacing(counts)).toBe(interlaced);
});
