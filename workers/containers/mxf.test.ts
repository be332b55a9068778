import { expect, it } from 'vitest';
import { openBytes } from '#fixtures/media/open-bytes.js';
import { mxf } from '#workers/containers/mxf.js';

/** A file of 200 bytes that begins with a header partition, whose KLV length takes four bytes. */
function headerPartition(footerOffset: number): Buffer {
  const bytes = Buffer.alloc(200);
  bytes.write('060e2b34020501010d01020101020400', 0, 'hex');
  bytes.writeUInt32BE(0x83000058, 16);
  bytes.writeBigUInt64BE(BigInt(footerOffset), 20 + 24);
  return bytes;
}

it.each([
  ['a complete file', 150],
  ['a live recording', 0],
])('finds no truncation: %s', async (_name, footerOffset) => {
  await using file = await openBytes(headerPartition(footerOffset));
  expect(await mxf.findTruncation?.(file)).toBeUndefined();
});

it.each([
  [
    'before the footer',
    headerPartition(5_000),
    /MXF body should end at byte 5000, but the file ends at byte 200/,
  ],
  ['inside the header', headerPartition(0).subarray(0, 30), /header is incomplete/],
])('finds a truncation %s', async (_name, bytes, detail) => {
  await using file = await openBytes(bytes);
  expect((await mxf.findTruncation?.(file))?.detail).toMatch(detail);
});
