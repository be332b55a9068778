import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedMap } from '#core/runtime/bounded-map.js';

test('forgets the least recently used entry past its limit', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
});

test('keeps one value a key, and counts setting it as a use', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  expect([map.get('a'), map.get('b'), map.size]).toEqual([3, undefined, 2]);
});

test('forgets as many entries as a heavy one needs', () => {
  const map = new BoundedMap<string, number>(10, (value) => value);
  for (const [key, value] of Object.entries({ a: 3, b: 3, c: 3, d: 7 })) map.set(key, value);
  expect([map.get('a'), map.get('b'), map.get('c'), map.get('d'), map.weight]).toEqual([
    undefined,
    undefined,
    3,
    7,
    10,
  ]);
});

test('keeps nothing that alone exceeds its limit', () => {
  const map = new BoundedMap<string, number>(10, (value) => value);
  map.set('a', 4);
  map.set('b', 5);
  map.set('a', 11);
  expect([map.get('a'), map.get('b'), map.weight]).toEqual([undefined, 5, 5]);
});

test('deletes old entries up to the first that is young', () => {
  const map = new BoundedMap<string, number>(5);
  for (const [key, value] of Object.entries({ a: 1, b: 2, c: 9, d: 1 })) map.set(key, value);
  map.deleteWhile((value) => value < 5);
  expect([map.get('a'), map.get('b'), map.get('c'), map.get('d')]).toEqual([undefined, undefined, 9, 1]);
});

test('agrees with a plain least-recently-used list', () => {
  const step = fc.record({
    key: fc.nat(6),
    weight: fc.nat(6),
    kind: fc.constantFrom('get', 'set', 'delete'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const map = new BoundedMap<number, number>(10, (value) => value);
      let expected: [number, number][] = [];
      for (const { key, weight, kind } of steps) {
        const known = expected.find(([other]) => other === key);
        const others = expected.filter(([other]) => other !== key);
        if (kind === 'get') {
          expect(map.get(key)).toBe(known?.[1]);
          if (known) expected = [...others, known];
        } else if (kind === 'delete') {
          map.delete(key);
          expected = others;
        } else {
          map.set(key, weight);
          expected = [...others, [key, weight]];
          while (weightOf(expected) > 10) expected.shift();
        }
        expect([map.size, map.weight]).toEqual([expected.length, weightOf(expected)]);
      }
    }),
  );
});

const weightOf = (entries: readonly [number, number][]): number =>
  entries.reduce((sum, [, weight]) => sum + weight, 0);
