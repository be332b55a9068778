import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestedRange } from '#core/http/requested-range.js';

const etag = '"v1"';

test.each([
  ['no range', undefined, 'whole'],
  ['the first bytes', 'bytes=0-4', { first: 0, last: 4 }],
  ['one byte', 'bytes=9-9', { first: 9, last: 9 }],
  ['an open end', 'bytes=5-', { first: 5, last: 9 }],
  ['an end past the end', 'bytes=5-99', { first: 5, last: 9 }],
  ['an end that no number holds', `bytes=5-${'9'.repeat(400)}`, { first: 5, last: 9 }],
  ['the last bytes', 'bytes=-3', { first: 7, last: 9 }],
  ['more last bytes than there are', 'bytes=-99', { first: 0, last: 9 }],
  ['more last bytes than any number holds', `bytes=-${'9'.repeat(400)}`, { first: 0, last: 9 }],
  ['a unit in capitals', 'Bytes=0-4', { first: 0, last: 4 }],
  ['spaces around it', ' bytes=0-4 ', { first: 0, last: 4 }],
  ['no last bytes', 'bytes=-0', 'unsatisfiable'],
  ['a start past the end', 'bytes=10-', 'unsatisfiable'],
  ['a start past any end', 'bytes=99999999999999999999-', 'unsatisfiable'],
  ['several ranges', 'bytes=0-1,3-4', 'whole'],
  ['another unit', 'seconds=0-1', 'whole'],
  ['an end before the start', 'bytes=5-4', 'whole'],
  ['no numbers', 'bytes=-', 'whole'],
  ['a sign', 'bytes=+1-4', 'whole'],
  ['an exponent', 'bytes=0-1e3', 'whole'],
])('%s', (_case, range, expected) => {
  expect(requestedRange(range === undefined ? {} : { range }, etag, 10)).toEqual(expected);
});

test.each([
  ['another version', '"v0"', 'whole'],
  ['a date', 'Sat, 29 Oct 1994 19:43:31 GMT', 'whole'],
  ['a weak tag', 'W/"v1"', 'whole'],
  ['this version', etag, { first: 0, last: 4 }],
  ['this version with spaces around it', ` ${etag} `, { first: 0, last: 4 }],
])('If-Range with %s', (_case, ifRange, expected) => {
  expect(requestedRange({ range: 'bytes=0-4', 'if-range': ifRange }, etag, 10)).toEqual(expected);
});

test('an empty representation satisfies no range', () => {
  for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-1'])
    expect(requestedRange({ range }, etag, 0)).toBe('unsatisfiable');
});

test('never leaves the representation', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 30 }), fc.nat(1_000), (text, total) => {
      const range = requestedRange({ range: `bytes=${text}` }, etag, total);
      if (typeof range === 'string') return;
      expect(range.first).toBeGreaterThanOrEqual(0);
      expect(range.last).toBeGreaterThanOrEqual(range.first);
      expect(range.last).toBeLessThan(total);
    }),
  );
});
