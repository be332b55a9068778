import { expect, test } from 'vitest';
import { acceptsGzip } from '#core/http/accepts-gzip.js';

test.each([
  ['no header', undefined, false],
  ['an empty header', '', false],
  ['gzip', 'gzip', true],
  ['gzip among others', 'br, gzip , deflate', true],
  ['capitals', 'GZip', true],
  ['the old name', 'x-gzip', true],
  ['a weight', 'gzip;q=0.001', true],
  ['a weight with spaces', 'gzip ; q=1.0', true],
  ['weight zero', 'gzip;q=0', false],
  ['weight zero with decimals', 'gzip; q=0.000', false],
  ['weight zero in capitals', 'gzip;Q=0', false],
  ['a weight that is no number', 'gzip;q=much', false],
  ['any coding', '*', true],
  ['any coding with weight zero', '*;q=0', false],
  ['gzip refused before any other', 'gzip;q=0, *', false],
  ['gzip refused after any other', '*, gzip;q=0', false],
  ['gzip alone', 'gzip, *;q=0', true],
  ['gzip alone, named last', '*;q=0, gzip', true],
  ['identity alone', 'identity', false],
  ['a coding whose name holds gzip', 'notgzip', false],
  ['two header lines', ['br', 'gzip'], true],
])('%s', (_case, header, expected) => {
  expect(acceptsGzip(header)).toBe(expected);
});
