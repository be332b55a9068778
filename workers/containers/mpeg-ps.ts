import type { Truncation } from '#planning/source/timeline.js';
import { type Container, hasMagic, wideProbeOptions } from '#workers/containers/container.js';
import { findTimestampReset } from '#workers/containers/find-timestamp-reset.js';
import type { SourceFile } from '#workers/containers/source-file.js';

/** MPEG program streams (ISO/IEC 13818-1), DVD's VOB files among them, and MPEG-1 system streams. */
export const mpegPs: Container = {
  demuxer: 'mpeg',
  recognisedBy: 'magic',
  recognises: (head) => hasMagic(head, 0, '\x00\x00\x01\xba'),
  inputOptions: wideProbeOptions,
  seeking: 'scanned',
  mayChangeSampleAspect: true,
  findTruncation,
  findTimestampReset: (file) => findTimestampReset(file, firstScr),
};

const packStart = Buffer.from([0, 0, 1, 0xba]);

/** ISO/IEC 13818-1 2.5.3.3: MPEG-2 marks its pack headers with the bits 01. */
const isMpeg2Pack = (bytes: Buffer, pack: number): boolean => ((bytes[pack + 4] ?? 0) & 0xc0) === 0x40;

const tailBytes = 2 ** 18;
/** ISO/IEC 13818-1 2.4.3.7: the lowest stream identifier of packets that declare their length. */
const minPacketStreamId = 0xbb;

/**
 * Follows the packets of the last pack to the end of the file, and reports a packet that it ends inside.
 * ISO/IEC 13818-1 2.5.3.3: a pack header has 14 bytes and stuffing, in MPEG-1 12 bytes; packets follow it.
 */
async function findTruncation(file: SourceFile): Promise<Truncation | undefined> {
  const tail = await file.readTail(tailBytes);
  const pack = tail.lastIndexOf(packStart);
  if (pack < 0) return undefined;
  let offset = pack + (isMpeg2Pack(tail, pack) ? 14 + ((tail[pack + 13] ?? 0) & 7) : 12);
  while (isPacketHeader(tail, offset)) {
    const end = offset + 6 + tail.readUInt16BE(offset + 4);
    if (end > tail.length) {
      const detail = `after ${tail.length - offset} of ${end - offset} bytes of a packet`;
      return { detail: `the file ends at byte ${file.bytes}, ${detail}`, hidesLength: true };
    }
    offset = end;
  }
  return undefined;
}

const isPacketHeader = (bytes: Buffer, offset: number): boolean =>
  offset + 6 <= bytes.length &&
  bytes.readUIntBE(offset, 3) === 1 &&
  (bytes[offset + 3] ?? 0) >= minPacketStreamId;

/**
 * Returns the first system clock reference (SCR), in seconds, of the only program, numbered 0. ISO/IEC
 * 13818-1 2.5.3.3; MPEG-1 has the same fields at other bits.
 */
function firstScr(bytes: Buffer): ReadonlyMap<number, number> {
  const pack = bytes.indexOf(packStart);
  if (pack < 0 || pack + 9 > bytes.length) return new Map();
  const word = bytes.readUIntBE(pack + 4, 5);
  const bits = (shift: number, count: number): number => Math.floor(word / 2 ** shift) % 2 ** count;
  const scr = isMpeg2Pack(bytes, pack)
    ? bits(35, 3) * 2 ** 30 + bits(19, 15) * 2 ** 15 + bits(3, 15)
    : bits(33, 3) * 2 ** 30 + bits(17, 15) * 2 ** 15 + bits(1, 15);
  return new Map([[0, scr / 90_000]]);
}
