import type { VideoRung } from '#core/contracts/plan.js';
import { type Rational, rational, toNumber } from '#core/contracts/rational.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import { predictBitsPerSecond } from '#planning/ladder/complexity.js';
import { formatBitrate } from '#planning/ladder/explain-omission.js';
import type { LadderInput } from '#planning/ladder/ladder.js';
import { codecLadders } from '#planning/ladder/ladder-presets.js';
import type { RungSize } from '#planning/ladder/rung-sizes.js';
import { rungCodecString } from '#planning/levels/rung-codec-string.js';

/** Rungs up to this many lines run at half rate if the source is above 30 frames per second. */
const maxHalfRateLines = 540;
const minHalvedFramesPerSecond = 30.5;
/** `-bufsize` in seconds of `-maxrate`: how far a complex scene may exceed the cap after a simple one. */
export const bufferSeconds = 1;
/**
 * A 6-s segment that starts with a full buffer holds at most 7 s of `-maxrate`; the rest is container and
 * rounding.
 */
export const declaredPeakShare = 1.25;
/** Average bitrate under a cap, as a share of it: the rest is left for peaks. */
export const averageShare = 0.85;

/** 2 for a rung with every second frame of the source's rate, else 1. */
export function frameStepOf(frameRate: Rational, stepHeight: number): 1 | 2 {
  return toNumber(frameRate) > minHalvedFramesPerSecond && stepHeight <= maxHalfRateLines ? 2 : 1;
}

export interface RungChoice {
  codec: VideoCodec;
  size: RungSize;
  /** Bits per second. */
  cap: number;
  /** On the scale of the codec's encoder. */
  crf: number;
  encoderPreset: string;
  why: string;
}

/**
 * Makes a rung with everything that follows from its size, cap and CRF. Rungs of one size still share an id,
 * which `planLadder` then numbers.
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
