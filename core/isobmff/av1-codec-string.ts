import { ByteCursor } from '#core/isobmff/byte-cursor.js';
import { type Av1Colour, readAv1Colour } from '#core/isobmff/read-av1-colour.js';

/** RFC 6381 strings from the configuration boxes of sample entries. Each throws IsobmffError where its box is cut short. */

/** ISO/IEC 14496-15 E.2: profile, constraints and level as they stand in `avcC`. */
export function avcString(type: string, avcC: Buffer): string {
  const cursor = new ByteCursor(avcC);
  cursor.skip(1);
  return `${type}.${cursor.slice(3).toString('hex')}`;
}

/** ISO/IEC 14496-15 E.3. */
export function hevcString(type: string, hvcC: Buffer): string {
  const cursor = new ByteCursor(hvcC);
  cursor.skip(1);
  const first = cursor.uint8();
  const space = ['', 'A', 'B', 'C'][first >> 6] ?? '';
  const compatibility = reverseBits(cursor.uint32()).toString(16).toUpperCase();
  const tier = first & 0x20 ? 'H' : 'L';
  const constraints = Array.from(cursor.slice(6));
  while (constraints.at(-1) === 0) constraints.pop();
  const tail = constraints.map((byte) => `.${byte.toString(16).toUpperCase()}`).join('');
  return `${type}.${space}${first & 0x1f}.${compatibility}.${tier}${cursor.uint8()}${tail}`;
}

function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) reversed = reversed * 2 + ((value >>> bit) & 1);
  return reversed;
}

/**
 * AV1 codec ISO media file format binding, 5. The short form stands for BT.709 in limited range, so a picture of other
 * colours, HDR above all, needs the long one: `av01.0.08M.10.0.111.09.16.09.0`.
 */
export function av1String(av1C: Buffer): string {
  const cursor = new ByteCursor(av1C);
  cursor.skip(1);
  const second = cursor.uint8();
  const third = cursor.uint8();
  cursor.skip(1);
  const colour = readAv1Colour(cursor.slice(cursor.remaining));
  return formatAv1CodecString({
    profile: second >> 5,
    level: second & 0x1f,
    isHighTier: (third & 0x80) !== 0,
    bitDepth: third & 0x40 ? (third & 0x20 ? 12 : 10) : 8,
    isMonochrome: (third & 0x10) !== 0,
    // subsampling_x, subsampling_y, chroma_sample_position.
    chroma: `${(third >> 3) & 1}${(third >> 2) & 1}${third & 3}`,
    colour,
  });
}

export interface Av1Parameters {
  profile: number;
  /** seq_level_idx: 8 is level 4.0. */
  level: number;
  isHighTier: boolean;
  /** Bits a component. */
  bitDepth: number;
  isMonochrome: boolean;
  /** Three digits: `111` is 4:2:0 with chroma between the lines, sited to the left. */
  chroma: string;
  /** undefined where the stream does not tell. */
  colour: Av1Colour | undefined;
}

export function formatAv1CodecString(parameters: Av1Parameters): string {
  const { profile, level, isHighTier, bitDepth, isMonochrome, chroma, colour } = parameters;
  const short = `av01.${profile}.${two(level)}${isHighTier ? 'H' : 'M'}.${two(bitDepth)}`;
  if (!colour || isMeantByDefault(colour)) return short;
  const { primaries, transfer, matrix, fullRange } = colour;
  const described = [primaries, transfer, matrix].map(two).join('.');
  return `${short}.${isMonochrome ? 1 : 0}.${chroma}.${described}.${fullRange ? 1 : 0}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** BT.709 (1) or nothing told (2), in limited range. */
function isMeantByDefault({ primaries, transfer, matrix, fullRange }: Av1Colour): boolean {
  return !fullRange && [primaries, transfer, matrix].every((value) => value === 1 || value === 2);
}
