/** A level of Rec. ITU-T H.265 tables A.8 and A.9, and the tier of its bitrate. */
export interface HevcLevel {
  /** general_level_idc: thirty times the level. */
  levelIdc: number;
  tier: 'Main' | 'High';
}

interface LevelLimits {
  levelIdc: number;
  /** Luma samples. */
  perFrame: number;
  perSecond: number;
  mainKilobitsPerSecond: number;
  /** 0 if the level has no High tier. */
  highKilobitsPerSecond: number;
}

/** From level 2, which every decoder supports: declaring a lower one gains nothing. */
const levels: readonly LevelLimits[] = (
  [
    [60, 122_880, 3_686_400, 1_500, 0],
    [63, 245_760, 7_372_800, 3_000, 0],
    [90, 552_960, 16_588_800, 6_000, 0],
    [93, 983_040, 33_177_600, 10_000, 0],
    [120, 2_228_224, 66_846_720, 12_000, 30_000],
    [123, 2_228_224, 133_693_440, 20_000, 50_000],
    [150, 8_912_896, 267_386_880, 25_000, 100_000],
    [153, 8_912_896, 534_773_760, 40_000, 160_000],
    [156, 8_912_896, 1_069_547_520, 60_000, 240_000],
    [180, 35_651_584, 1_069_547_520, 60_000, 240_000],
    [183, 35_651_584, 2_139_095_040, 120_000, 480_000],
    [186, 35_651_584, 4_278_190_080, 240_000, 800_000],
  ] as const
).map(([levelIdc, perFrame, perSecond, mainKilobitsPerSecond, highKilobitsPerSecond]) => ({
  levelIdc,
  perFrame,
  perSecond,
  mainKilobitsPerSecond,
  highKilobitsPerSecond,
}));

/** libx265 codes frames in blocks of eight pixels and crops the rest. */
const coded = (pixels: number): number => 8 * Math.ceil(pixels / 8);

/**
 * The lowest level that allows the rung, in its Main tier if that allows the bitrate; 6.2 if none does.
 * `bitsPerSecond` is the cap; a buffer of up to one second of it is within the level too.
 */
export function hevcLevel(
  width: number,
  height: number,
  framesPerSecond: number,
  bitsPerSecond: number,
): HevcLevel {
  const perFrame = coded(width) * coded(height);
  // A.4.1 limits the longer side too.
  const max = Math.max(coded(width), coded(height));
  const fits = levels.find(
    (row) =>
      perFrame <= row.perFrame &&
      max <= Math.sqrt(8 * row.perFrame) &&
      perFrame * framesPerSecond <= row.perSecond &&
      bitsPerSecond <= Math.max(row.mainKilobitsPerSecond, row.highKilobitsPerSecond) * 1000,
  );
  if (!fits) return { levelIdc: 186, tier: 'High' };
  const needsHigh = bitsPerSecond > fits.mainKilobitsPerSecond * 1000;
  return { levelIdc: fits.levelIdc, tier: needsHigh ? 'High' : 'Main' };
}

/**
 * The string of ISO/IEC 14496-15 E.3 for what libx265 writes: Main (compatible with Main 10) or Main 10, with
 * progressive frames only (the constraint byte 0x90).
 */
export function hevcCodecString({ levelIdc, tier }: HevcLevel, bitDepth: 8 | 10): string {
  return `hvc1.${bitDepth === 10 ? '2.4' : '1.6'}.${tier === 'High' ? 'H' : 'L'}${levelIdc}.90`;
}
