import type { LadderPreset, VideoCodec } from '#core/contracts/upload-settings.js';

/** Encoder settings of one codec under a preset. */
export interface CodecPreset {
  /** The encoder's own preset name. */
  encoderPreset: string;
  /** Constant rate factor: the upper limit of a rung's quality, even if its cap allows more. */
  crf: number;
  /**
   * Up to this CRF, the size above the table's looks better at the same bitrate (VMAF at the source's size),
   * as measured by `npm run bench -- encode`.
   */
  worstCrf: number;
}

/** A codec's cost relative to H.264 at the same quality, and the caps of its rungs. */
export interface CodecLadder {
  /** Bits needed for the same quality as a share of H.264's. */
  relativeBits: number;
  /** Offset of the encoder's CRF scale from x264's at the same quality. */
  crfOffset: number;
  /** Shortest side that the encoder accepts, in pixels. */
  minSidePixels: number;
  /** Caps in ascending order, each with the 16:9 step that the table gives it. */
  caps: readonly { bitsPerSecond: number; stepHeight: number }[];
}

const kilobits = (pairs: readonly (readonly [number, number])[]): CodecLadder['caps'] =>
  pairs.map(([stepHeight, kilobitsPerSecond]) => ({ stepHeight, bitsPerSecond: kilobitsPerSecond * 1000 }));

/** The HEVC example of HLS Authoring Specification 1.25, used for AV1 too. */
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

/** H.264's caps are the example of HLS Authoring Specification 1.25. */
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
 * CRF to add for a size, so that sizes look alike: the more pixels a video has, the smaller they are on the
 * screen and the less their errors show. Measured by VMAF: at the same CRF, 720 lines score about five points
 * below 1080.
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
