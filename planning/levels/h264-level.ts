/**
 * Rec. ITU-T H.264 table A-1: macroblocks per second and per frame, and kb/s at High profile (1.25 of
 * Main's).
 */
const levels: readonly { level: number; perSecond: number; perFrame: number; kilobitsPerSecond: number }[] = [
  { level: 12, perSecond: 6_000, perFrame: 396, kilobitsPerSecond: 480 },
  { level: 13, perSecond: 11_880, perFrame: 396, kilobitsPerSecond: 960 },
  { level: 20, perSecond: 11_880, perFrame: 396, kilobitsPerSecond: 2_500 },
  { level: 21, perSecond: 19_800, perFrame: 792, kilobitsPerSecond: 5_000 },
  { level: 22, perSecond: 20_250, perFrame: 1_620, kilobitsPerSecond: 5_000 },
  { level: 30, perSecond: 40_500, perFrame: 1_620, kilobitsPerSecond: 12_500 },
  { level: 31, perSecond: 108_000, perFrame: 3_600, kilobitsPerSecond: 17_500 },
  { level: 32, perSecond: 216_000, perFrame: 5_120, kilobitsPerSecond: 25_000 },
  { level: 40, perSecond: 245_760, perFrame: 8_192, kilobitsPerSecond: 25_000 },
  { level: 42, perSecond: 522_240, perFrame: 8_704, kilobitsPerSecond: 62_500 },
  { level: 50, perSecond: 589_824, perFrame: 22_080, kilobitsPerSecond: 168_750 },
  { level: 51, perSecond: 983_040, perFrame: 36_864, kilobitsPerSecond: 300_000 },
  { level: 52, perSecond: 2_073_600, perFrame: 36_864, kilobitsPerSecond: 300_000 },
];

/** The lowest level that allows the rung, as `level_idc`; 52 if none does. `bitsPerSecond` is the cap. */
export function h264Level(
  width: number,
  height: number,
  framesPerSecond: number,
  bitsPerSecond: number,
): number {
  const perFrame = Math.ceil(width / 16) * Math.ceil(height / 16);
  const fits = levels.find(
    (row) =>
      perFrame <= row.perFrame &&
      perFrame * framesPerSecond <= row.perSecond &&
      bitsPerSecond <= row.kilobitsPerSecond * 1000,
  );
  return fits?.level ?? 52;
}

/** The RFC 6381 string of what libx264 writes: High profile without constraint flags. */
export function h264CodecString(level: number): string {
  return `avc1.6400${level.toString(16).padStart(2, '0')}`;
}
