import { expect, it } from 'vitest';
import { openBytes } from '#fixtures/media/open-bytes.js';
import { flv } from '#workers/containers/flv.js';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A tag with `dataBytes` of data, and its size after it. */
function tag(dataBytes: number): Buffer {
  const bytes = Buffer.alloc(11 + dataBytes + 4);
  bytes.writeUIntBE(dataBytes, 1, 3);
  bytes.writeUInt32BE(11 + dataBytes, 11 + dataBytes);
  return bytes;
}

it('finds no truncation in a complete file', async () => {
  await using file = await openBytes(latin('FLV\x01\x05'), tag(40));
  expect(await flv.findTruncation?.(file)).toBeUndefined();
});

it.each<[string, Buffer[], RegExp]>([
  ['inside a tag', [latin('FLV\x01\x05'), tag(40), tag(60).subarray(0, 30)], /inside an FLV tag/],
  ['inside the header', [latin('FLV')], /header is incomplete/],
])('finds a truncation %s', async (_name, parts, detail) => {
  await using file = await openBytes(...parts);
  expect((await flv.findTruncation?.(file))?.detail).toMatch(detail);
});

it.each([
  [12.5, undefined],
  [0, true],
])('with a declared duration of %s s, hidesLength is %s', async (seconds, hidesLength) => {
  const duration = Buffer.alloc(8);
  duration.writeDoubleBE(seconds);
  await using file = await openBytes(latin('FLV\0\x08duration\0'), duration, tag(60).subarray(0, 30));
  expect((await flv.findTruncation?.(file))?.hidesLength).toBe(hidesLength);
});
