import { expect, it } from 'vitest';
import { segmentFile } from '#core/contracts/publication-layout.js';
import { StoredSegments, storedBitOf } from '#core/titles/stored-segments.js';
import { samplePublication } from '#fixtures/sample-publication.js';

const { plan } = samplePublication();
const { segmentCount } = plan.grid;

/** Sets bits as SETBIT does. */
function bitsOf(...paths: string[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil((plan.rungs.length * segmentCount) / 8));
  for (const path of paths) {
    const bit = storedBitOf(plan, path) ?? expect.fail(`${path} has no bit`);
    bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  }
  return bits;
}

it('counts the stored segments of each rendition and knows each one', () => {
  const all360 = Array.from({ length: segmentCount }, (_, index) => `v/h264-360/${segmentFile(index)}`);
  const stored = new StoredSegments(plan, bitsOf(...all360, 'v/h264-540/00001.m4s', 'v/h264-1080/00099.m4s'));
  expect(plan.rungs.map(({ renditionId }) => stored.count(renditionId))).toEqual([0, segmentCount, 1, 0, 1]);
  expect([0, 1, 2].map((index) => stored.has('h264-540', index))).toEqual([false, true, false]);
  expect(stored.has('h264-1080', 99)).toBe(true);
  expect(stored.has('hevc-1080', 0)).toBe(false);
});

it('knows of no stored segment where bytes are missing', () => {
  const stored = new StoredSegments(plan, bitsOf('v/h264-234/00000.m4s').subarray(0, 1));
  expect(stored.has('h264-234', 0)).toBe(true);
  expect(stored.count('h264-1080')).toBe(0);
  expect(new StoredSegments(plan).count('h264-234')).toBe(0);
});

it.each(['a/en-2/00000.m4s', 'v/h264-999/00000.m4s', 'v/h264-234/00100.m4s', 'v/h264-234/init.mp4'])(
  'has no bit for %s',
  (path) => {
    expect(storedBitOf(plan, path)).toBeUndefined();
  },
);
