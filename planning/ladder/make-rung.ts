import type { VideoRung } from '#core/contracts/plan.js';
import { type Rational, rational, toNumber } from '#core/contracts/rational.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import { predictBitsPerSecond } from '#planning/ladder/complexity.js';
import { formatBitrate } from '#planning/ladder/format-bitrate.js';
import type { LadderInput } from '#planning/ladder/ladder.js';
import { codecLadders } from '#planning/ladder/ladder-presets.js';
import type { RungSize } from '#planning/ladder/rung-sizes.js';
import { rungCodecString } from '#planning/levels/rung-codec-string.js';

/** Rungs up to this many lines run at half rate where the source is faster than 30 frames a second. */
const tallestHalfRateStep = 540;
const fastestFullRate = 30.5;
/** `-bufsize` in seconds of `-maxrate`: how long a hard scene may borrow from an easy one. */
export const bufferSeconds = 1;
/**
 * A 6-s segment that begins with a full buffer holds at most 7 s of `-maxrate`; the rest is container and
 * rounding.
 */
export const declaredPeakShare = 1.25;
/** A cap is met on average at this share of it: the rest is what peaks need. */
export const averageShare = 0.85;

export function frameStepOf(frameRate: Rational, stepHeight: number): 1 | 2 {
  return toNumber(frameRate) > fastestFullRate && stepHeight <= tallestHalfRateStep ? 2 : 1;
}

export interface RungChoice {
  codec: VideoCodec;
  size: RungSize;
  /** Bits a second. */
  cap: number;
  /** On the codec's own scale. */
  crf: number;
  encoderPreset: string;
  why: string;
}

/**
 * A rung with all that follows from its size, cap and rate factor. Its id is not yet its own: see
 * `planLadder`.
 */
export function makeRung(
  input: LadderInput,
  { codec, size, cap, crf, encoderPreset, why }: RungChoice,
): VideoRung {
  const { relativeBits, crfOffset } = codecLadders[codec];
  const frameStep = frameStepOf(input.frameRate, size.stepHeight);
  const frameRate = rational(input.frameRate.numerator / frameStep, input.frameRate.denominator);
  const capBitsPerSecond = Math.round(cap);
  const videoRange = codec === 'h264' ? 'SDR' : input.video.range;
  const coded = { codec, width: size.width, height: size.height, frameRate, capBitsPerSecond, videoRange };
  const uncapped = relativeBits * predictBitsPerSecond(input.complexity, size.height, crf - crfOffset);
  return {
    renditionId: `${codec}-${size.height}`,
    ...coded,
    frameStep,
    crf,
    bufferBits: Math.round(capBitsPerSecond * bufferSeconds),
    encoderPreset,
    codecString: rungCodecString(coded),
    expectedBitsPerSecond: Math.max(1000, Math.round(Math.min(uncapped, cap * averageShare))),
    declaredPeakBitsPerSecond: Math.round(capBitsPerSecond * declaredPeakShare),
    reason: `${size.width}x${size.height}, at most ${formatBitrate(cap)}: ${why}`,
  };
}
