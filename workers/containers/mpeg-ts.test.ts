import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { makeMedia } from '#fixtures/media/make-media.js';
import { openBytes } from '#fixtures/media/open-bytes.js';
import { mpegTs } from '#workers/containers/mpeg-ts.js';

/** Four packets, then the first `broken` bytes of another. */
function packetsThenPart(size: number, sync: number, broken = 0): Buffer[] {
  const packet = Buffer.alloc(size);
  packet[sync] = 0x47;
  return [packet, packet, packet, packet, packet.subarray(0, broken)];
}

it.each<[string, Buffer[]]>([
  ['whole packets', packetsThenPart(188, 0)],
  ['whole M2TS packets', packetsThenPart(192, 4)],
  ['padding after the last packet', [...packetsThenPart(188, 0), Buffer.alloc(100)]],
  ['no transport stream', [Buffer.alloc(100)]],
])('finds no truncation: %s', async (_name, parts) => {
  await using file = await openBytes(...parts);
  expect(await mpegTs.findTruncation?.(file)).toBeUndefined();
});

it.each<[string, Buffer[]]>([
  ['a transport stream', packetsThenPart(188, 0, 70)],
  ['M2TS', packetsThenPart(192, 4, 74)],
])('finds a truncation: %s', async (_name, parts) => {
  await using file = await openBytes(...parts);
  expect((await mpegTs.findTruncation?.(file))?.detail).toMatch(/after 70 bytes of a transport packet/);
});

/** `count` packets of one track with a payload, in the clear or scrambled with the even key. */
const packets = (packetId: number, count: number, isScrambled: boolean): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, () => {
      const packet = Buffer.alloc(188);
      packet.set([0x47, packetId >> 8, packetId & 0xff, isScrambled ? 0x90 : 0x10]);
      return packet;
    }),
  );

it.each<[string, Buffer[], number[]]>([
  ['video, with audio in the clear', [packets(0x100, 50, true), packets(0x101, 20, false)], [0x100]],
  [
    'a broadcast that begins in the clear',
    [packets(0x100, 2_000, false), packets(0x100, 40_000, true)],
    [0x100],
  ],
  ['none for a few damaged packets', [packets(0x100, 50, false), packets(0x100, 3, true)], []],
  ['none where there are no packets', [Buffer.alloc(5_000)], []],
])('finds scrambled tracks: %s', async (_name, parts, packetIds) => {
  await using file = await openBytes(...parts);
  expect([...((await mpegTs.encryption?.findTracks(file)) ?? [])]).toEqual(packetIds);
});

async function resetOf(bytes: Buffer): Promise<number | undefined> {
  await using file = await openBytes(bytes);
  return await mpegTs.findTimestampReset?.(file);
}

/** A packet with a PCR, in ticks of 90 kHz, in a recorder's `stride`. */
function pcrPacket(pcr: number, stride = 188, packetId = 256): Buffer {
  const packet = Buffer.alloc(stride);
  const sync = stride === 192 ? 4 : 0;
  packet.set([0x47, packetId >> 8, packetId & 0xff, 0x20, 183, 0x10], sync);
  packet.writeUInt32BE(Math.floor(pcr / 2), sync + 6);
  packet[sync + 10] = (pcr % 2) * 128;
  return packet;
}

const withPcrs = (pcrs: readonly number[], stride?: number): Buffer =>
  Buffer.concat(pcrs.flatMap((pcr) => Array.from({ length: 1100 }, () => pcrPacket(pcr, stride))));

describe('a timestamp reset', () => {
  it('is found where two transport streams are joined', async () => {
    const clip = await readFile(await makeMedia('mpeg2-ts'));
    expect(await resetOf(clip)).toBe(0);
    const reset = await resetOf(Buffer.concat([clip, clip]));
    expect(reset).toBeGreaterThan(1);
    expect(reset).toBeLessThan(4.1);
  });

  it.each([188, 192, 204])('is found in packets of %i bytes', async (stride) => {
    const pcrs = [0, 900_000, 1_800_000, 90_000, 180_000];
    expect(await resetOf(withPcrs(pcrs, stride))).toBeCloseTo(19, 6);
  });

  it('is not found between the PCRs of two programs', async () => {
    const pcrPackets = Array.from({ length: 4000 }, (_, index) =>
      pcrPacket(index * 9000 + (index % 2) * 90_000_000, 188, 256 + (index % 2)),
    );
    expect(await resetOf(Buffer.concat(pcrPackets))).toBe(0);
  });

  it('is not found where the PCR wraps around its 33 bits', async () => {
    expect(await resetOf(withPcrs([2 ** 33 - 90_000, 90_000, 180_000]))).toBe(0);
  });

  it('is not found without PCRs', async () => {
    expect(await resetOf(Buffer.alloc(1_000_000))).toBe(0);
  });
});
