import { expect, it } from 'vitest';
import { AssignmentCounter } from '#delivery/edges/assignment-counter.js';

it('counts the assignments of an edge since a time, for one minute', () => {
  const counter = new AssignmentCounter();
  const start = 1_000_000_000;
  counter.add('a', start);
  counter.add('a', start + 5_000);
  counter.add('a', start + 5_999);
  counter.add('b', start + 5_000);
  expect(counter.countSince('a', start, start + 6_000)).toBe(3);
  expect(counter.countSince('a', start + 1_000, start + 6_000)).toBe(2);
  expect(counter.countSince('a', 0, start + 62_000)).toBe(2);
  expect(counter.countSince('a', 0, start + 600_000)).toBe(0);
  counter.forget('b');
  expect(counter.countSince('b', 0, start + 6_000)).toBe(0);
});
