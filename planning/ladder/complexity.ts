import type { Rational } from '#core/contracts/rational.js';
import { toNumber } from '#core/contracts/rational.js';

/** What short, fast encodes of a few places in the title cost at one size. */
export interface SizeSample {
  height: number;
  /** Bytes of the key frame of each place, and of the frames after it on average. */
  keyFrameBytes: number[];
  interFrameBytes: number[];
}

/**
 * Bits a second that the title needs at a size and quality: measured at some sizes, interpolated between
 * them.
 */
export interface Complexity {
  /** Ascending by height. */
  sizes: { height: number; bitsPerSecond: number }[];
  /** The constant rate factor of the measurement. */
  crf: number;
}

/** In the middle of the rate factors that rungs end up with: what lies on either side is extrapolated. */
export const sampleCrf = 32;
/**
 * Samples of 30 frames find on average this much more than those of 16: frames cost more far from the key
 * frame.
 */
const laterFramesCost = 1.045;
/** x264's rate factor is logarithmic: six steps halve or double the bitrate, give or take the content. */
const crfStepsPerOctave = 6.6;

/**
 * Puts the samples of each size together. A 2-s GOP is one key frame and the rest; short samples would count
 * the key frame too often, so the two are averaged apart. `frameRate` is the source's, in which samples were
 * taken.
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
        // Nothing measured must not become a logarithm of nothing below.
        return { height, bitsPerSecond: Math.max(1, bitsPerSecond) };
      })
      .sort((a, b) => a.height - b.height),
  };
}

/** Bits a second at `height` lines and `crf`, from the two nearest measured heights (log-log). */
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

/** The rate factor at which `height` lines cost `bitsPerSecond`. */
export function predictCrf(complexity: Complexity, height: number, bitsPerSecond: number): number {
  const atSample = predictBitsPerSecond(complexity, height, complexity.crf);
  return complexity.crf + crfStepsPerOctave * Math.log2(atSample / bitsPerSecond);
}

/** What the title costs in a codec that takes this share of H.264's bits. */
export function scaleComplexity(complexity: Complexity, share: number): Complexity {
  return {
    ...complexity,
    sizes: complexity.sizes.map((size) => ({ ...size, bitsPerSecond: size.bitsPerSecond * share })),
  };
}
