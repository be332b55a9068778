import { ByteCursor } from '#core/isobmff/byte-cursor.js';
import { IsobmffError } from '#core/isobmff/boxes.js';

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

/** AV1 codec ISO media file format binding, 5. */
export function av1String(av1C: Buffer): string {
  const cursor = new ByteCursor(av1C);
  cursor.skip(1);
  const second = cursor.uint8();
  const third = cursor.uint8();
  const depth = third & 0x40 ? (third & 0x20 ? 12 : 10) : 8;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `av01.${second >> 5}.${two(second & 0x1f)}${third & 0x80 ? 'H' : 'M'}.${two(depth)}`;
}

/** ISO/IEC 14496-1 7.2.6: descriptors with variable-length sizes; DecoderSpecificInfo begins with the audio object type. */
export function aacString(esds: Buffer): string {
  const cursor = new ByteCursor(esds);
  cursor.skip(4);
  if (descriptorTag(cursor) !== 3) throw new IsobmffError('the esds box has no ES descriptor');
  cursor.skip(2);
  const flags = cursor.uint8();
  if (flags & 0x80) cursor.skip(2);
  if (flags & 0x40) cursor.skip(cursor.uint8());
  if (flags & 0x20) cursor.skip(2);
  if (descriptorTag(cursor) !== 4) throw new IsobmffError('the esds box has no decoder configuration');
  const objectType = cursor.uint8().toString(16);
  cursor.skip(12);
  if (cursor.remaining === 0 || descriptorTag(cursor) !== 5) return `mp4a.${objectType}`;
  const first = cursor.uint8();
  // Types from 32 up are told in six more bits.
  const type = first >> 3 === 31 ? 32 + (((first & 7) << 3) | (cursor.uint8() >> 5)) : first >> 3;
  return `mp4a.${objectType}.${type}`;
}

/** Reads a descriptor's tag and passes over its size: seven bits a byte, the top bit set on all but the last. */
function descriptorTag(cursor: ByteCursor): number {
  const tag = cursor.uint8();
  while (cursor.uint8() & 0x80);
  return tag;
}
