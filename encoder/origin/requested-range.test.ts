import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestedRange } from '#encoder/origin/requested-range.js';

const etag = '"v1"';

test.each([
  ['no range', undefined, 'whole'],
  ['the first bytes', 'bytes=0-4', { first: 0, last: 4 }],
  ['one byte', 'bytes=9-9', { first: 9, last: 9 }],
  ['an open end', 'bytes=5-', { first: 5, last: 9 }],
  ['an end past the end', 'bytes=5-99', { first: 5, last: 9 }],
  ['the last bytes', 'bytes=-3', { first: 7, last: 9 }],
  ['more last bytes than there are', 'bytes=-99', { first: 0, last: 9 }],
  ['no last bytes', 'bytes=-0', 'unsatisfiable'],
  ['a start past the end', 'bytes=10-', 'unsatisfiable'],
  ['several ranges', 'bytes=0-1,3-4', 'whole'],
  ['another unit', 'seconds=0-1', 'whole'],
  ['an end before the start', 'bytes=5-4', 'whole'],
  ['no numbers', 'bytes=-', 'whole'],
  ['a number no file has', 'bytes=99999999999999999999-', 'whole'],
])('%s', (_case, header, expected) => {
  expect(requestedRange(header, undefined, etag, 10)).toEqual(expected);
});

test('a range of another version is none', () => {
  expect(requestedRange('bytes=0-4', '"v0"', etag, 10)).toBe('whole');
  expect(requestedRange('bytes=0-4', etag, etag, 10)).toEqual({ first: 0, last: 4 });
});

test('never leaves the object', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 30 }), fc.nat(1_000), (text, total) => {
      const range = requestedRange(`bytes=${text}`, undefined, etag, total);
      if (typeof range === 'string') return;
      expect(range.first).toBeGreaterThanOrEqual(0);
      expect(range.last).toBeGreaterThanOrEqual(range.first);
      expect(range.last).toBeLessThan(total);
    }),
  );
});
