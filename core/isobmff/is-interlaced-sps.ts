import { BitReader } from '#core/isobmff/byte-cursor.js';

/** Profiles whose parameter sets include chroma format and scaling lists (ITU-T H.264 7.3.2.1.1). */
const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/**
 * Whether an H.264 sequence parameter set (a NAL unit with its header) allows field coding:
 * frame_mbs_only_flag is 0. undefined if the set is truncated.
 */
export function isInterlacedSps(nal: Buffer): boolean | undefined {
  const bits = new BitReader(withoutEmulationPrevention(nal.subarray(1)));
  const profile = bits.read(8);
  bits.read(16);
  bits.unsigned();
  if (highProfiles.has(profile)) skipChromaAndScaling(bits);
  bits.unsigned();
  skipPicOrderCount(bits);
  bits.unsigned();
  bits.read(1);
  bits.unsigned();
  bits.unsigned();
  const framesOnly = bits.read(1);
  return bits.isExhausted ? undefined : framesOnly === 0;
}

function skipChromaAndScaling(bits: BitReader): void {
  const chromaFormat = bits.unsigned();
  if (chromaFormat === 3) bits.read(1);
  bits.unsigned();
  bits.unsigned();
  bits.read(1);
  if (bits.read(1) === 0) return;
  for (let list = 0; list < (chromaFormat === 3 ? 12 : 8); list += 1) {
    if (bits.read(1)) skipScalingList(bits, list < 6 ? 16 : 64);
  }
}

/** scaling_list() of 7.3.2.1.1.1. */
function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let index = 0; index < size && !bits.isExhausted; index += 1) {
    if (next !== 0) next = (last + bits.signed() + 256) % 256;
    last = next === 0 ? last : next;
  }
}

function skipPicOrderCount(bits: BitReader): void {
  const type = bits.unsigned();
  if (type === 0) bits.unsigned();
  if (type !== 1) return;
  bits.read(1);
  bits.signed();
  bits.signed();
  const cycle = bits.unsigned();
  for (let index = 0; index < cycle && !bits.isExhausted; index += 1) bits.signed();
}

/** Removes emulation_prevention_three_byte: a 3 after two zero bytes (7.4.1). */
function withoutEmulationPrevention(bytes: Buffer): Buffer {
  return Buffer.from(
    bytes.filter(
      (byte, index) => byte !== 3 || index < 2 || bytes[index - 1] !== 0 || bytes[index - 2] !== 0,
    ),
  );
}
