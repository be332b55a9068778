import type { Av1Colour } from '#core/isobmff/read-av1-colour.js';

export interface Av1Parameters {
  profile: number;
  /** seq_level_idx: 8 is level 4.0. */
  level: number;
  isHighTier: boolean;
  /** Bits per component. */
  bitDepth: number;
  isMonochrome: boolean;
  /**
   * subsampling_x, subsampling_y, chroma_sample_position; `111` is 4:2:0 with vertically centred,
   * left-aligned chroma.
   */
  chroma: string;
  /** undefined if the stream does not declare it. */
  colour: Av1Colour | undefined;
}

/**
 * Formats the RFC 6381 codec string of AV1 ("AV1 Codec ISO Media File Format Binding", section 5). The short
 * form implies BT.709 in limited range, so video in any other colour space, HDR above all, gets the long
 * form: `av01.0.08M.10.0.111.09.16.09.0`.
 */
export function formatAv1CodecString(parameters: Av1Parameters): string {
  const { profile, level, isHighTier, bitDepth, isMonochrome, chroma, colour } = parameters;
  const short = `av01.${profile}.${twoDigits(level)}${isHighTier ? 'H' : 'M'}.${twoDigits(bitDepth)}`;
  if (!colour || isImpliedByShortForm(colour)) return short;
  const { primaries, transfer, matrix, fullRange } = colour;
  const described = [primaries, transfer, matrix].map(twoDigits).join('.');
  return `${short}.${isMonochrome ? 1 : 0}.${chroma}.${described}.${fullRange ? 1 : 0}`;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** BT.709 (1) or unspecified (2), in limited range. */
function isImpliedByShortForm({ primaries, transfer, matrix, fullRange }: Av1Colour): boolean {
  return !fullRange && [primaries, transfer, matrix].every((value) => value === 1 || value === 2);
}
