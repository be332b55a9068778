import { formatAv1CodecString } from '#core/isobmff/av1-codec-string.js';
import { ByteCursor } from '#core/isobmff/byte-cursor.js';
import { isInterlacedSps } from '#core/isobmff/is-interlaced-sps.js';
import { readAv1Colour } from '#core/isobmff/read-av1-colour.js';

/**
 * What a configuration box of a video sample entry declares. Each reader throws IsobmffError if its box is
 * truncated.
 */
export interface VideoConfig {
  /** RFC 6381. */
  codecString: string;
  /** undefined if the box does not declare it. */
  isInterlaced: boolean | undefined;
  /** Size in bytes of the length before each NAL unit; absent for codecs without NAL units. */
  nalLengthBytes?: number;
}

/**
 * Reads `avcC` (ISO/IEC 14496-15 5.3.3). The codec string repeats its profile, constraints and level (E.2).
 */
export function readAvcC(type: string, avcC: Buffer): VideoConfig {
  const cursor = new ByteCursor(avcC);
  cursor.skip(1);
  const codecString = `${type}.${cursor.slice(3).toString('hex')}`;
  const nalLengthBytes = (cursor.uint8() & 3) + 1;
  const spsCount = cursor.uint8() & 0x1f;
  const isInterlaced = spsCount === 0 ? undefined : isInterlacedSps(cursor.slice(cursor.uint16()));
  return { codecString, nalLengthBytes, isInterlaced };
}

/** Reads `hvcC` (ISO/IEC 14496-15 8.3.3). The codec string follows E.3. */
export function readHvcC(type: string, hvcC: Buffer): VideoConfig {
  const cursor = new ByteCursor(hvcC);
  cursor.skip(1);
  const first = cursor.uint8();
  const profile = `${['', 'A', 'B', 'C'][first >> 6] ?? ''}${first & 0x1f}`;
  const compatibility = reverseBits(cursor.uint32()).toString(16).toUpperCase();
  const tier = first & 0x20 ? 'H' : 'L';
  const constraints = Array.from(cursor.slice(6));
  // general_progressive_source_flag and general_interlaced_source_flag.
  const isInterlaced = ((constraints[0] ?? 0) & 0xc0) === 0x40;
  while (constraints.at(-1) === 0) constraints.pop();
  const tail = constraints.map((byte) => `.${byte.toString(16).toUpperCase()}`).join('');
  const codecString = `${type}.${profile}.${compatibility}.${tier}${cursor.uint8()}${tail}`;
  cursor.skip(8);
  return { codecString, isInterlaced, nalLengthBytes: (cursor.uint8() & 3) + 1 };
}

function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) reversed = reversed * 2 + ((value >>> bit) & 1);
  return reversed;
}

/** Reads `av1C` ("AV1 Codec ISO Media File Format Binding", section 2.3). */
export function readAv1C(av1C: Buffer): VideoConfig {
  const cursor = new ByteCursor(av1C);
  cursor.skip(1);
  const second = cursor.uint8();
  const third = cursor.uint8();
  cursor.skip(1);
  const codecString = formatAv1CodecString({
    profile: second >> 5,
    level: second & 0x1f,
    isHighTier: (third & 0x80) !== 0,
    bitDepth: third & 0x40 ? (third & 0x20 ? 12 : 10) : 8,
    isMonochrome: (third & 0x10) !== 0,
    chroma: `${(third >> 3) & 1}${(third >> 2) & 1}${third & 3}`,
    colour: readAv1Colour(cursor.slice(cursor.remaining)),
  });
  return { codecString, isInterlaced: false };
}
