import type { Rational } from '#core/contracts/rational.js';
import { toNumber } from '#core/contracts/rational.js';

/** Sizes of short, fast encodes of the sample windows at one frame size. */
export interface SizeSample {
  height: number;
  /** Bytes of each window's key frame. */
  keyFrameBytes: number[];
  /** Mean bytes of each window's other frames. */
  interFrameBytes: number[];
}

/** Bitrate that the title needs at a size and quality: measured at some sizes, interpolated between them. */
export interface Complexity {
  /** Ascending by height. */
  sizes: { height: number; bitsPerSecond: number }[];
  /** The constant rate factor of the measurement. */
  crf: number;
}

/** The middle of the CRFs that rungs end up with, to extrapolate as little as possible on either side. */
export const sampleCrf = 32;
/**
 * Frames cost more the further they are from the key frame: samples of 30 frames measure this much more than
 * of 16.
 */
const laterFramesCost = 1.045;
/** x264's CRF is logarithmic: about this many steps halve or double the bitrate, depending on the content. */
const crfStepsPerOctave = 6.6;

/**
 * Averages the samples of each size over a GOP of 2 s. Key frames and other frames are averaged separately,
 * because a short sample has more key frames per second than a GOP. `frameRate` is the source's, at which the
 * samples were taken.
 */
export function complexityOf(samples: readonly SizeSample[], frameRate: Rational): Complexity {
  const framesPerSecond = toNumber(frameRate);
  const gop = Math.max(1, Math.round(framesPerSecond * 2));
  const mean = (values: readonly number[]): number =>
    values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    crf: sampleCrf,
    sizes: samples
      .map(({ height, keyFrameBytes, interFrameBytes }) => {
        const gopBytes = mean(keyFrameBytes) + (gop - 1) * mean(interFrameBytes) * laterFramesCost;
        const bitsPerSecond = (gopBytes * 8 * framesPerSecond) / gop;
        // At least 1: predictions take its logarithm.
        return { height, bitsPerSecond: Math.max(1, bitsPerSecond) };
      })
      .sort((a, b) => a.height - b.height),
  };
}

/** Bitrate at `height` lines and `crf`, interpolated between the two nearest measured heights (log-log). */
export function predictBitsPerSecond(complexity: Complexity, height: number, crf: number): number {
  const { sizes } = complexity;
  const above = sizes.findIndex((size) => size.height >= height);
  const upper = sizes[above === -1 ? sizes.length - 1 : Math.max(1, above)] ?? sizes[0];
  const lower = sizes[sizes.indexOf(upper as never) - 1] ?? upper;
  if (!upper || !lower) return 0;
  const exponent =
    upper === lower
      ? 1.5
      : Math.log(upper.bitsPerSecond / lower.bitsPerSecond) / Math.log(upper.height / lower.height);
  const atHeight = upper.bitsPerSecond * (height / upper.height) ** exponent;
  return atHeight * 2 ** ((complexity.crf - crf) / crfStepsPerOctave);
}

/** The CRF at which `height` lines take `bitsPerSecond`. */
export function predictCrf(complexity: Complexity, height: number, bitsPerSecond: number): number {
  const atSample = predictBitsPerSecond(complexity, height, complexity.crf);
  return complexity.crf + crfStepsPerOctave * Math.log2(atSample / bitsPerSecond);
}

/** The title's complexity in a codec that needs this share of H.264's bits. */
export function scaleComplexity(complexity: Complexity, share: number): Complexity {
  return {
    ...complexity,
    sizes: complexity.sizes.map((size) => ({ ...size, bitsPerSecond: size.bitsPerSecond * share })),
  };
}
