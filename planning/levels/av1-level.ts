import type { VideoRange } from '#core/contracts/plan.js';
import { formatAv1CodecString } from '#core/isobmff/av1-codec-string.js';

interface LevelLimits {
  /** seq_level_idx: four times the level, counted from 2.0. */
  levelIndex: number;
  /** Luma samples. */
  perFrame: number;
  width: number;
  height: number;
  perSecond: number;
  /** Main tier. */
  kilobitsPerSecond: number;
}

/** AV1 specification A.3, display rates; some levels, such as 2.2 and 2.3, are not defined. */
const levels: readonly LevelLimits[] = (
  [
    [0, 147_456, [2_048, 1_152], 4_423_680, 1_500],
    [1, 278_784, [2_816, 1_584], 8_363_520, 3_000],
    [4, 665_856, [4_352, 2_448], 19_975_680, 6_000],
    [5, 1_065_024, [5_504, 3_096], 31_950_720, 10_000],
    [8, 2_359_296, [6_144, 3_456], 70_778_880, 12_000],
    [9, 2_359_296, [6_144, 3_456], 141_557_760, 20_000],
    [12, 8_912_896, [8_192, 4_352], 267_386_880, 30_000],
    [13, 8_912_896, [8_192, 4_352], 534_773_760, 40_000],
    [14, 8_912_896, [8_192, 4_352], 1_069_547_520, 60_000],
    [16, 35_651_584, [16_384, 8_704], 1_069_547_520, 60_000],
    [17, 35_651_584, [16_384, 8_704], 2_139_095_040, 100_000],
    [18, 35_651_584, [16_384, 8_704], 4_278_190_080, 160_000],
  ] as const
).map(([levelIndex, perFrame, [width, height], perSecond, kilobitsPerSecond]) => ({
  levelIndex,
  perFrame,
  width,
  height,
  perSecond,
  kilobitsPerSecond,
}));

/**
 * The lowest level whose Main tier allows the rung, as seq_level_idx; 6.2 if none does. Levels limit width
 * and height separately, so portrait video may need a higher level than landscape video of the same size.
 * `bitsPerSecond` is the cap.
 */
export function av1Level(
  width: number,
  height: number,
  framesPerSecond: number,
  bitsPerSecond: number,
): number {
  const fits = levels.find(
    (row) =>
      width * height <= row.perFrame &&
      width <= row.width &&
      height <= row.height &&
      width * height * framesPerSecond <= row.perSecond &&
      bitsPerSecond <= row.kilobitsPerSecond * 1000,
  );
  return fits?.levelIndex ?? 18;
}

/** ISO/IEC 23091-2. */
const colours = {
  SDR: { primaries: 1, transfer: 1, matrix: 1, fullRange: false },
  PQ: { primaries: 9, transfer: 16, matrix: 9, fullRange: false },
  HLG: { primaries: 9, transfer: 18, matrix: 9, fullRange: false },
} as const;

/** The codec string of what SVT-AV1 writes: Main profile, Main tier, 4:2:0 with chroma sited to the left. */
export function av1CodecString(level: number, range: VideoRange): string {
  return formatAv1CodecString({
    profile: 0,
    level,
    isHighTier: false,
    bitDepth: range === 'SDR' ? 8 : 10,
    isMonochrome: false,
    chroma: '111',
    colour: colours[range],
  });
}
