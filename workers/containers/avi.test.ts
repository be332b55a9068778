import { expect, it } from 'vitest';
import { openBytes } from '#fixtures/media/open-bytes.js';
import { avi } from '#workers/containers/avi.js';

/** A file of 100 bytes whose RIFF chunk declares `size`. */
function riff(size: number): Buffer {
  const bytes = Buffer.alloc(100);
  bytes.write('RIFF', 'latin1');
  bytes.writeUInt32LE(size, 4);
  return bytes;
}

it.each([
  ['a complete file', 92],
  ['a file whose writer was killed before it wrote the size', 0],
])('finds no truncation: %s', async (_name, size) => {
  await using file = await openBytes(riff(size));
  expect(await avi.findTruncation?.(file)).toBeUndefined();
});

it('finds a file shorter than its RIFF chunk', async () => {
  await using file = await openBytes(riff(500));
  expect((await avi.findTruncation?.(file))?.detail).toMatch(
    /RIFF chunk should end at byte 508, but the file ends at byte 100/,
  );
});

it('reports the share of the bytes that is present', async () => {
  await using file = await openBytes(riff(192));
  expect((await avi.findTruncation?.(file))?.presentShare).toBeCloseTo(0.5, 2);
});
