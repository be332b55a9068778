import { expect, it } from 'vitest';
import { openBytes } from '#fixtures/media/open-bytes.js';
import { asf } from '#workers/containers/asf.js';

/** A file of 200 bytes whose File Properties Object declares `size` and `flags`. */
function withProperties(size: number, flags: number): Buffer {
  const bytes = Buffer.alloc(200);
  bytes.write('a1dcab8c47a9cf118ee400c00c205365', 30, 'hex');
  bytes.writeBigUInt64LE(BigInt(size), 70);
  bytes.writeUInt32LE(flags, 118);
  return bytes;
}

it.each([
  ['a complete file', withProperties(200, 0)],
  ['a broadcast', withProperties(400, 1)],
  ['a file without properties', Buffer.alloc(200)],
])('finds no truncation: %s', async (_name, bytes) => {
  await using file = await openBytes(bytes);
  expect(await asf.findTruncation?.(file)).toBeUndefined();
});

it('finds a file shorter than it declares', async () => {
  await using file = await openBytes(withProperties(400, 0));
  expect((await asf.findTruncation?.(file))?.detail).toMatch(
    /ASF file should end at byte 400, but the file ends at byte 200/,
  );
});
