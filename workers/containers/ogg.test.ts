import { expect, it } from 'vitest';
import { openBytes } from '#fixtures/media/open-bytes.js';
import { ogg } from '#workers/containers/ogg.js';

/** A page of three segments: 630 bytes. */
function page(): Buffer {
  const bytes = Buffer.alloc(27 + 3 + 600);
  bytes.write('OggS', 'latin1');
  bytes.set([3, 255, 255, 90], 26);
  return bytes;
}

it.each<[string, Buffer[]]>([
  ['whole pages', [page(), page()]],
  ['padding after the last page', [page(), Buffer.alloc(100)]],
  ['no pages', [Buffer.alloc(200)]],
])('finds no truncation: %s', async (_name, parts) => {
  await using file = await openBytes(...parts);
  expect(await ogg.findTruncation?.(file)).toBeUndefined();
});

it.each<[string, Buffer[], RegExp]>([
  ['inside a page', [page(), page().subarray(0, 400)], /page, at byte 630, has 400 of its 630/],
  ['inside a page header', [page(), page().subarray(0, 20)], /page, at byte 630, has 20/],
])('finds a truncation %s', async (_name, parts, detail) => {
  await using file = await openBytes(...parts);
  expect((await ogg.findTruncation?.(file))?.detail).toMatch(detail);
});
