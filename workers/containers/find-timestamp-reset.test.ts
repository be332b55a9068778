import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMedia } from '#fixtures/media/make-media.js';
import { findTimestampReset } from '#workers/containers/find-timestamp-reset.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-pcr-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function resetOf(bytes: Buffer, demuxer: string): Promise<number> {
  const path = join(folder, 'film');
  await writeFile(path, bytes);
  await using file = await open(path);
  return await findTimestampReset(file, bytes.length, demuxer);
}

/** A packet of a pcr reference at 90 kHz, in the `stride` that a recorder gives it. */
function pcrPacket(pcr: number, stride = 188, packetId = 256): Buffer {
  const packet = Buffer.alloc(stride);
  const at = stride === 192 ? 4 : 0;
  packet.set([0x47, packetId >> 8, packetId & 0xff, 0x20, 183, 0x10], at);
  packet.writeUInt32BE(Math.floor(pcr / 2), at + 6);
  packet[at + 10] = (pcr % 2) * 128;
  return packet;
}

const withPcr = (references: readonly number[], stride?: number): Buffer =>
  Buffer.concat(references.flatMap((pcr) => Array.from({ length: 1100 }, () => pcrPacket(pcr, stride))));

describe('a pcr that begins again', () => {
  it.each([
    ['mpeg2-ts', 'mpegts'],
    ['mpeg2-ps', 'mpeg'],
  ] as const)('is found where two films of %s are joined', async (name, demuxer) => {
    const clip = await readFile(await makeMedia(name));
    expect(await resetOf(clip, demuxer)).toBe(0);
    const reset = await resetOf(Buffer.concat([clip, clip]), demuxer);
    expect(reset).toBeGreaterThan(1);
    expect(reset).toBeLessThan(4.1);
  });

  it.each([188, 192, 204])('is found in packets of %i bytes', async (stride) => {
    const references = [0, 900_000, 1_800_000, 90_000, 180_000];
    expect(await resetOf(withPcr(references, stride), 'mpegts')).toBeCloseTo(19, 6);
  });

  it('is not found between the clocks of two programs', async () => {
    const packets = Array.from({ length: 4000 }, (_, index) =>
      pcrPacket(index * 9000 + (index % 2) * 90_000_000, 188, 256 + (index % 2)),
    );
    expect(await resetOf(Buffer.concat(packets), 'mpegts')).toBe(0);
  });

  it('is no reset where its 33 bits are full', async () => {
    expect(await resetOf(withPcr([2 ** 33 - 90_000, 90_000, 180_000]), 'mpegts')).toBe(0);
  });

  it('is not looked for in other containers, nor found where there is no pcr', async () => {
    expect(await resetOf(withPcr([900_000, 0]), 'matroska')).toBe(0);
    expect(await resetOf(Buffer.alloc(1_000_000), 'mpegts')).toBe(0);
    expect(await resetOf(Buffer.alloc(1_000_000), 'mpeg')).toBe(0);
  });
});
