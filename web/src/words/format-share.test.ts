import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatShare } from '#web/words/format-share.js';

describe('formatShare', () => {
  it.each([
    [0, 0, '0 %'],
    [1, 3, '33 %'],
    [737, 738, '99 %'],
    [738, 738, '100 %'],
    [9, 8, '100 %'],
  ])('writes %d of %d as %s', (part, whole, text) => {
    expect(formatShare(part, whole)).toBe(text);
  });

  it('never says 100 % before everything is done', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (whole) => {
        expect(formatShare(whole - 1, whole)).not.toBe('100 %');
      }),
    );
  });
});
