import type { FileHandle } from 'node:fs/promises';

/** Places that are looked at, from the file's first bytes to its last. */
const mostLooks = 64;
/** Enough for a clock reference at 16 Mb/s, which comes every tenth of a second; faster streams have them oftener. */
const lookBytes = 200_000;
/** Clocks of 33 bits at 90 kHz begin again after 26.5 hours: no reset. */
const clockSeconds = 2 ** 33 / 90_000;

/**
 * How far the clock of an MPEG stream jumps back at most from one place in the file to a later one, seconds; 0 where it
 * never does, and for other containers. Files joined end to end do, each with a clock of its own; ffmpeg seeks in the last
 * of them alone.
 */
export async function findClockReset(file: FileHandle, fileBytes: number, demuxer: string): Promise<number> {
  const readClocks = readers[demuxer];
  if (!readClocks) return 0;
  const latest = new Map<number, number>();
  let longest = 0;
  for (const offset of looks(fileBytes)) {
    const buffer = Buffer.alloc(Math.min(lookBytes, fileBytes - offset));
    await file.read(buffer, 0, buffer.length, offset);
    for (const [program, clock] of readClocks(buffer)) {
      const back = (latest.get(program) ?? clock) - clock;
      if (back < clockSeconds / 2) longest = Math.max(longest, back);
      latest.set(program, clock);
    }
  }
  return longest;
}

function looks(fileBytes: number): number[] {
  const last = Math.max(0, fileBytes - lookBytes);
  const count = Math.min(mostLooks, Math.floor(fileBytes / lookBytes) + 1);
  return Array.from({ length: count }, (_, index) => Math.floor((last * index) / Math.max(1, count - 1)));
}

/** The first clock of every program in these bytes, seconds, by a number that stays the program's own. */
type Clocks = ReadonlyMap<number, number>;

const readers: Record<string, ((bytes: Buffer) => Clocks) | undefined> = {
  mpegts: readProgramClocks,
  mpeg: readSystemClock,
};

const packetSizes = [188, 192, 204] as const;
const syncByte = 0x47;

/** ISO/IEC 13818-1 2.4.3.5: program clock references, by the packet identifier that carries them. */
function readProgramClocks(bytes: Buffer): Clocks {
  const found = new Map<number, number>();
  const { start, size } = findPackets(bytes);
  for (let at = start; at + 12 <= bytes.length; at += size) {
    // An adaptation field, at least seven bytes of it, and the flag for a clock reference.
    const isClock = ((bytes[at + 3] ?? 0) & 0x20) !== 0 && (bytes[at + 4] ?? 0) >= 7;
    if (!isClock || ((bytes[at + 5] ?? 0) & 0x10) === 0) continue;
    const packetId = bytes.readUInt16BE(at + 1) & 0x1fff;
    const clock = (bytes.readUInt32BE(at + 6) * 2 + ((bytes[at + 10] ?? 0) >> 7)) / 90_000;
    if (!found.has(packetId)) found.set(packetId, clock);
  }
  return found;
}

/** Where packets stand in bytes that begin anywhere; at their end where there are none. */
function findPackets(bytes: Buffer): { start: number; size: number } {
  for (let start = 0; start < 204; start += 1) {
    const size = packetSizes.find((stride) =>
      [0, 1, 2, 3].every((n) => bytes[start + n * stride] === syncByte),
    );
    if (size !== undefined) return { start, size };
  }
  return { start: bytes.length, size: packetSizes[0] };
}

const packStart = Buffer.from([0, 0, 1, 0xba]);

/** 2.5.3.3: the first system clock reference; MPEG-1 has the same bits at other places. */
function readSystemClock(bytes: Buffer): Clocks {
  const at = bytes.indexOf(packStart);
  if (at < 0 || at + 9 > bytes.length) return new Map();
  const isMpeg2 = ((bytes[at + 4] ?? 0) & 0xc0) === 0x40;
  const word = bytes.readUIntBE(at + 4, 5);
  const bits = (shift: number, count: number): number => Math.floor(word / 2 ** shift) % 2 ** count;
  const clock = isMpeg2
    ? bits(35, 3) * 2 ** 30 + bits(19, 15) * 2 ** 15 + bits(3, 15)
    : bits(33, 3) * 2 ** 30 + bits(17, 15) * 2 ** 15 + bits(1, 15);
  return new Map([[0, clock / 90_000]]);
}
