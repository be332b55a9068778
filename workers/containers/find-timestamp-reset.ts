import type { FileHandle } from 'node:fs/promises';
import { transportPackets } from '#workers/containers/transport-packets.js';

/** Places that are looked at, from the file's first bytes to its last. */
const maxProbes = 64;
/** Enough for a clock reference at 16 Mb/s, which comes every tenth of a second; faster streams have them oftener. */
const probeBytes = 200_000;
/** Clocks of 33 bits at 90 kHz begin again after 26.5 hours: no reset. */
const wrapSeconds = 2 ** 33 / 90_000;

/**
 * How far the reference of an MPEG stream jumps back at most from one place in the file to a later one, seconds; 0 where it
 * never does, and for other containers. Files joined end to end do, each with a reference of its own; ffmpeg seeks in the last
 * of them alone.
 */
export async function findTimestampReset(
  file: FileHandle,
  fileBytes: number,
  demuxer: string,
): Promise<number> {
  const readReferences = readers[demuxer];
  if (!readReferences) return 0;
  const latest = new Map<number, number>();
  let max = 0;
  for (const offset of probes(fileBytes)) {
    const buffer = Buffer.alloc(Math.min(probeBytes, fileBytes - offset));
    await file.read(buffer, 0, buffer.length, offset);
    for (const [program, reference] of readReferences(buffer)) {
      const back = (latest.get(program) ?? reference) - reference;
      if (back < wrapSeconds / 2) max = Math.max(max, back);
      latest.set(program, reference);
    }
  }
  return max;
}

function probes(fileBytes: number): number[] {
  const last = Math.max(0, fileBytes - probeBytes);
  const count = Math.min(maxProbes, Math.floor(fileBytes / probeBytes) + 1);
  return Array.from({ length: count }, (_, index) => Math.floor((last * index) / Math.max(1, count - 1)));
}

/** The first reference of every program in these bytes, seconds, by a number that stays the program's own. */
type References = ReadonlyMap<number, number>;

const readers: Record<string, ((bytes: Buffer) => References) | undefined> = {
  mpegts: readPcrs,
  mpeg: readScr,
};

/** ISO/IEC 13818-1 2.4.3.5: program clock references, by the packet identifier that carries them. */
function readPcrs(bytes: Buffer): References {
  const found = new Map<number, number>();
  for (const { packetId, adaptation } of transportPackets(bytes)) {
    // Flags, one of which says that a reference follows; 33 bits of it count at 90 kHz.
    const isReference = adaptation.length >= 7 && ((adaptation[0] ?? 0) & 0x10) !== 0;
    if (!isReference || found.has(packetId)) continue;
    found.set(packetId, (adaptation.readUInt32BE(1) * 2 + ((adaptation[5] ?? 0) >> 7)) / 90_000);
  }
  return found;
}

const packStart = Buffer.from([0, 0, 1, 0xba]);

/** 2.5.3.3: the first system clock reference; MPEG-1 has the same bits at other places. */
function readScr(bytes: Buffer): References {
  const at = bytes.indexOf(packStart);
  if (at < 0 || at + 9 > bytes.length) return new Map();
  const isMpeg2 = ((bytes[at + 4] ?? 0) & 0xc0) === 0x40;
  const word = bytes.readUIntBE(at + 4, 5);
  const bits = (shift: number, count: number): number => Math.floor(word / 2 ** shift) % 2 ** count;
  const reference = isMpeg2
    ? bits(35, 3) * 2 ** 30 + bits(19, 15) * 2 ** 15 + bits(3, 15)
    : bits(33, 3) * 2 ** 30 + bits(17, 15) * 2 ** 15 + bits(1, 15);
  return new Map([[0, reference / 90_000]]);
}
