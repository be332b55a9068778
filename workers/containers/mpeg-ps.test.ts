import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { makeMedia } from '#fixtures/media/make-media.js';
import { openBytes } from '#fixtures/media/open-bytes.js';
import { mpegPs } from '#workers/containers/mpeg-ps.js';

/** A pack header (ISO/IEC 13818-1 2.5.3.3) with three stuffing bytes, or MPEG-1's. */
function pack(version: 1 | 2): Buffer {
  const bytes = Buffer.alloc(version === 2 ? 17 : 12);
  bytes.set([0, 0, 1, 0xba, version === 2 ? 0x44 : 0x21]);
  if (version === 2) bytes[13] = 0xfb;
  return bytes;
}

/** A packet of `bytes`, of which the first `held` are there. */
function packet(bytes: number, held = bytes): Buffer {
  const whole = Buffer.alloc(bytes);
  whole.set([0, 0, 1, 0xe0]);
  whole.writeUInt16BE(bytes - 6, 4);
  return whole.subarray(0, held);
}

it.each<[string, Buffer[]]>([
  ['whole packets', [pack(2), packet(200), pack(2), packet(200), packet(60)]],
  ['whole packets of MPEG-1', [pack(1), packet(200)]],
  ['an end code', [pack(2), packet(200), Buffer.from('\0\0\x01\xb9', 'latin1')]],
  ['padding after the last packet', [pack(2), packet(200), Buffer.alloc(100)]],
  ['no program stream', [Buffer.alloc(100)]],
])('finds no truncation: %s', async (_name, parts) => {
  await using file = await openBytes(...parts);
  expect(await mpegPs.findTruncation?.(file)).toBeUndefined();
});

it.each<[string, Buffer[]]>([
  ['a program stream', [pack(2), packet(200), packet(200, 90)]],
  ['MPEG-1', [pack(1), packet(200, 90)]],
])('finds a truncation: %s', async (_name, parts) => {
  await using file = await openBytes(...parts);
  expect((await mpegPs.findTruncation?.(file))?.detail).toMatch(/after 90 of 200 bytes of a packet/);
});

async function resetOf(bytes: Buffer): Promise<number | undefined> {
  await using file = await openBytes(bytes);
  return await mpegPs.findTimestampReset?.(file);
}

it('finds a timestamp reset where two program streams are joined', async () => {
  const clip = await readFile(await makeMedia('mpeg2-ps'));
  expect(await resetOf(clip)).toBe(0);
  const reset = await resetOf(Buffer.concat([clip, clip]));
  expect(reset).toBeGreaterThan(1);
  expect(reset).toBeLessThan(4.1);
});

it('finds no timestamp reset without clock references', async () => {
  expect(await resetOf(Buffer.alloc(1_000_000))).toBe(0);
});
