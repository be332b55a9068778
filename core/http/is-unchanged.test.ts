import { expect, test } from 'vitest';
import { isUnchanged } from '#core/http/is-unchanged.js';

test.each([
  ['no header', undefined, '"v1"', false],
  ['the same tag', '"v1"', '"v1"', true],
  ['another tag', '"v0"', '"v1"', false],
  ['a weak tag in the header', 'W/"v1"', '"v1"', true],
  ['a weak tag of ours', '"v1"', 'W/"v1"', true],
  ['a list', '"v0", W/"v1" , "v2"', '"v1"', true],
  ['a list without spaces', '"v0","v1"', '"v1"', true],
  ['a tag that holds a comma', '"a,b"', '"a,b"', true],
  ['part of a tag that holds a comma', '"a,"v1",b"', '"b"', false],
  ['the tag of the compressed representation', '"v1-gzip"', '"v1"', false],
  ['a tag that ours is part of', '"xv1x"', '"v1"', false],
  ['any version', ' * ', '"v1"', true],
  ['an asterisk in a list, which the grammar lacks', '"v0", *', '"v1"', false],
  ['an asterisk as a tag', '"*"', '"v1"', false],
  ['an empty header', '', '"v1"', false],
])('If-None-Match: %s', (_case, header, etag, expected) => {
  expect(isUnchanged(header, etag)).toBe(expected);
});
