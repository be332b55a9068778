import type { LadderPreset, VideoCodec } from '#core/contracts/upload-settings.js';

/** How one codec is encoded under a preset. */
export interface CodecPreset {
  /** The encoder's own preset name. */
  encoderPreset: string;
  /** Constant rate factor: the quality no rung goes beyond, whatever its cap would allow. */
  crf: number;
  /**
   * Up to this rate factor one size above the table's looks better (VMAF at the source's size) at the same
   * bitrate; `npm run bench -- encode` measures it.
   */
  worstCrf: number;
}

/** What a codec costs beside H.264 at the same quality, and the bitrates its rungs are capped at. */
export interface CodecLadder {
  /** Share of H.264's bits for the same picture. */
  relativeBits: number;
  /** How far its rate factor scale lies above x264's. */
  crfOffset: number;
  /** The encoder takes no picture with a shorter side, in pixels. */
  minSidePixels: number;
  /** Bits a second, ascending, each with the smallest 16:9 step whose table names it. */
  caps: readonly { bitsPerSecond: number; stepHeight: number }[];
}

const kilobits = (pairs: readonly (readonly [number, number])[]): CodecLadder['caps'] =>
  pairs.map(([stepHeight, kilobitsPerSecond]) => ({ stepHeight, bitsPerSecond: kilobitsPerSecond * 1000 }));

/** HLS Authoring Specification 1.25, its examples for H.264 and HEVC; AV1 takes HEVC's. */
const hevcCaps = kilobits([
  [360, 145],
  [432, 300],
  [540, 600],
  [540, 900],
  [540, 1600],
  [720, 2400],
  [720, 3400],
  [1080, 4500],
  [1080, 5800],
  [1440, 8100],
  [2160, 11_600],
  [2160, 16_800],
]);

export const codecLadders: Record<VideoCodec, CodecLadder> = {
  h264: {
    relativeBits: 1,
    crfOffset: 0,
    minSidePixels: 2,
    caps: kilobits([
      [234, 145],
      [360, 365],
      [432, 730],
      [432, 1100],
      [540, 2000],
      [720, 3000],
      [720, 4500],
      [1080, 6000],
      [1080, 7800],
      [1440, 12_000],
      [2160, 20_000],
    ]),
  },
  hevc: { relativeBits: 0.65, crfOffset: 2, minSidePixels: 16, caps: hevcCaps },
  av1: { relativeBits: 0.55, crfOffset: 12, minSidePixels: 64, caps: hevcCaps },
};

/**
 * Steps of the rate factor that a size's pixels are worth: they shrink on the screen as their number grows,
 * and hide more. Measured by VMAF: at the same rate factor films of 720 lines lie some five points below
 * those of 1080.
 */
export function crfStepOfSize(stepHeight: number): number {
  if (stepHeight <= 720) return -1.5;
  return stepHeight <= 1080 ? 1 : 2;
}

export const ladderPresets: Record<LadderPreset, Record<VideoCodec, CodecPreset>> = {
  standard: {
    h264: { encoderPreset: 'fast', crf: 23, worstCrf: 36 },
    hevc: { encoderPreset: 'fast', crf: 25, worstCrf: 37.5 },
    av1: { encoderPreset: '8', crf: 35, worstCrf: 52 },
  },
  fast: {
    h264: { encoderPreset: 'veryfast', crf: 23, worstCrf: 36 },
    hevc: { encoderPreset: 'superfast', crf: 25, worstCrf: 37.5 },
    av1: { encoderPreset: '10', crf: 35, worstCrf: 52 },
  },
  archive: {
    h264: { encoderPreset: 'slow', crf: 19, worstCrf: 36 },
    hevc: { encoderPreset: 'medium', crf: 21, worstCrf: 36.5 },
    av1: { encoderPreset: '6', crf: 28, worstCrf: 51 },
  },
};
