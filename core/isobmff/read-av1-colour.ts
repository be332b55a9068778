import { BitReader } from '#core/isobmff/byte-cursor.js';

/** Colour description of an AV1 sequence header, in the code points of ISO/IEC 23091-2. */
export interface Av1Colour {
  primaries: number;
  transfer: number;
  matrix: number;
  fullRange: boolean;
}

const sequenceHeaderObu = 1;
const unspecified = 2;
/** SELECT_SCREEN_CONTENT_TOOLS (AV1 specification 6.4.1). */
const selectTools = 2;

/**
 * Reads `color_config` from the OBUs after the four fixed bytes of `av1C` (AV1 specification 5.5). undefined
 * if the sequence header is truncated or missing, which the box allows.
 */
export function readAv1Colour(configObus: Buffer): Av1Colour | undefined {
  const header = configObus[0] ?? 0;
  if (((header >> 3) & 0xf) !== sequenceHeaderObu) return undefined;
  const hasExtension = (header & 0x4) !== 0;
  const hasSize = (header & 0x2) !== 0;
  const bits = new BitReader(configObus.subarray(hasExtension ? 2 : 1));
  // Skips obu_size (leb128), which is not needed: nothing follows the header.
  if (hasSize) while (bits.read(1) === 1 && !bits.isExhausted) bits.read(7);
  if (hasSize) bits.read(7);
  const profile = bits.read(3);
  skipOperatingPoints(bits);
  skipFrameSize(bits);
  skipTools(bits);
  const colour = readColour(bits, profile);
  return bits.isExhausted ? undefined : colour;
}

function skipOperatingPoints(bits: BitReader): void {
  bits.read(1);
  const isReducedStill = bits.read(1) === 1;
  if (isReducedStill) {
    bits.read(5);
    return;
  }
  const timing = bits.read(1) === 1 ? readTiming(bits) : undefined;
  const hasInitialDelay = bits.read(1) === 1;
  const count = bits.read(5) + 1;
  for (let point = 0; point < count && !bits.isExhausted; point += 1) {
    bits.read(12);
    if (bits.read(5) > 7) bits.read(1);
    // operating_parameters_info: two delays and a flag.
    if (timing?.delayBits && bits.read(1) === 1) bits.read(2 * timing.delayBits + 1);
    if (hasInitialDelay && bits.read(1) === 1) bits.read(4);
  }
}

/** Reads timing_info and decoder_model_info; `delayBits` is 0 without a decoder model. */
function readTiming(bits: BitReader): { delayBits: number } {
  bits.read(64);
  if (bits.read(1) === 1) bits.unsigned();
  if (bits.read(1) === 0) return { delayBits: 0 };
  const delayBits = bits.read(5) + 1;
  bits.read(42);
  return { delayBits };
}

function skipFrameSize(bits: BitReader): void {
  const widthBits = bits.read(4) + 1;
  const heightBits = bits.read(4) + 1;
  bits.read(widthBits + heightBits);
  // frame_id_numbers_present_flag.
  if (bits.read(1) === 1) bits.read(7);
}

/** Skips use_128x128_superblock to enable_restoration. */
function skipTools(bits: BitReader): void {
  bits.read(3);
  bits.read(4);
  const hasOrderHint = bits.read(1) === 1;
  if (hasOrderHint) bits.read(2);
  const screenContent = bits.read(1) === 1 ? selectTools : bits.read(1);
  if (screenContent > 0 && bits.read(1) === 0) bits.read(1);
  if (hasOrderHint) bits.read(3);
  bits.read(3);
}

/** Reads the start of color_config (5.5.2). */
function readColour(bits: BitReader, profile: number): Av1Colour {
  const isHighDepth = bits.read(1) === 1;
  if (profile === 2 && isHighDepth) bits.read(1);
  if (profile !== 1) bits.read(1);
  const isDescribed = bits.read(1) === 1;
  const [primaries, transfer, matrix] = isDescribed
    ? [bits.read(8), bits.read(8), bits.read(8)]
    : [unspecified, unspecified, unspecified];
  return { primaries, transfer, matrix, fullRange: bits.read(1) === 1 };
}
