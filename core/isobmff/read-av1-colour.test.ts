import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { readAv1Colour } from '#core/isobmff/read-av1-colour.js';
import { readAv1C } from '#core/isobmff/read-video-config.js';

/** `av1C` boxes as SVT-AV1 and libaom write them. */
const boxes = {
  'PQ, 1080p': '81084c000a0e00000042abbfc3700be142440241',
  'PQ, 2160p': '810e4c000a0f00000072efbfe1bc02f85091009040',
  'PQ, left-aligned chroma': '81004d000a0d0000000337fbe017c284880492',
};

it.each([
  ['PQ, 1080p', 'av01.0.08M.10.0.110.09.16.09.0'],
  ['PQ, 2160p', 'av01.0.14M.10.0.110.09.16.09.0'],
  ['PQ, left-aligned chroma', 'av01.0.00M.10.0.111.09.16.09.0'],
] as const)('puts the colours of %s into the codec string', (name, text) => {
  expect(readAv1C(Buffer.from(boxes[name], 'hex')).codecString).toBe(text);
});

it('returns undefined if the sequence header is missing or truncated', () => {
  const whole = Buffer.from(boxes['PQ, 1080p'], 'hex').subarray(4);
  expect(readAv1Colour(Buffer.alloc(0))).toBeUndefined();
  expect(readAv1Colour(Buffer.from([0x12, 0x00]))).toBeUndefined();
  expect(readAv1Colour(whole.subarray(0, 8))).toBeUndefined();
  expect(readAv1Colour(whole)).toEqual({ primaries: 9, transfer: 16, matrix: 9, fullRange: false });
});

it('terminates on any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      readAv1Colour(Buffer.from([0x0a, ...bytes]));
    }),
    { numRuns: 500 },
  );
});
