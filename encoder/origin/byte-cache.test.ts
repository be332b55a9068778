import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteCache } from '#encoder/origin/byte-cache.js';

test('evicts the least recently used value first', () => {
  const cache = new ByteCache<string>(40, 1_000, () => 0);
  for (const key of ['a', 'b', 'c', 'd']) cache.set(key, key, 10);
  cache.get('a');
  cache.set('e', 'e', 10);
  expect(['a', 'b', 'c', 'd', 'e'].map((key) => cache.get(key))).toEqual(['a', undefined, 'c', 'd', 'e']);
});

test('expires values', () => {
  let now = 0;
  const cache = new ByteCache<string>(40, 1_000, () => now);
  cache.set('a', 'a', 10);
  now = 999;
  expect(cache.get('a')).toBe('a');
  now = 1_000;
  expect(cache.get('a')).toBeUndefined();
  expect(cache.bytes).toBe(0);
});

test('never holds more bytes than its limit', () => {
  const entry = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), bytes: fc.nat(60) });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
      const cache = new ByteCache<number>(100, 1_000, () => 0);
      for (const { key, bytes } of entries) {
        cache.set(key, bytes, bytes);
        cache.get('a');
        expect(cache.bytes).toBeLessThanOrEqual(100);
        expect(cache.bytes).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
