import type { EncodeTarget, SourceVideo, VideoRung } from '#core/contracts/plan.js';
import { type Rational, rational, toNumber } from '#core/contracts/rational.js';
import { codecLadders } from '#planning/ladder/ladder-presets.js';
import { bufferSeconds, declaredPeakShare, frameStepOf } from '#planning/ladder/make-rung.js';
import { rungSizes } from '#planning/ladder/rung-sizes.js';
import { h264CodecString, h264Level } from '#planning/levels/h264-level.js';

/** A rung whose encoder meets an average bitrate instead of a rate factor. */
export type FixedRung = VideoRung & Required<Pick<EncodeTarget, 'targetBitsPerSecond'>>;

/**
 * Plans the ladder that a title's own is compared with: the H.264 example of HLS Authoring Specification
 * 1.25, the same for every title, with every bitrate met on average. Encoder, preset and buffer are those of
 * the title's own ladder.
 */
export function planFixedLadder(
  video: Pick<SourceVideo, 'displayWidth' | 'displayHeight'>,
  frameRate: Rational,
  encoderPreset: string,
): FixedRung[] {
  const sizes = rungSizes(video);
  return codecLadders.h264.caps.flatMap(({ stepHeight, bitsPerSecond }, index) => {
    // Rungs are never upscaled, but a ladder has at least one rung.
    const size =
      sizes.find((candidate) => candidate.stepHeight === stepHeight) ?? sizes[index === 0 ? 0 : -1];
    if (!size) return [];
    const { width, height } = size;
    const frameStep = frameStepOf(frameRate, stepHeight);
    const rate = rational(frameRate.numerator / frameStep, frameRate.denominator);
    return {
      renditionId: `h264-${height}${index === 0 ? '' : `-${index + 1}`}`,
      codec: 'h264' as const,
      width,
      height,
      frameStep,
      frameRate: rate,
      crf: 0,
      targetBitsPerSecond: bitsPerSecond,
      capBitsPerSecond: bitsPerSecond,
      bufferBits: bitsPerSecond * bufferSeconds,
      encoderPreset,
      codecString: h264CodecString(h264Level(width, height, toNumber(rate), bitsPerSecond)),
      videoRange: 'SDR' as const,
      expectedBitsPerSecond: bitsPerSecond,
      declaredPeakBitsPerSecond: Math.round(bitsPerSecond * declaredPeakShare),
      reason: `${width}x${height} at ${bitsPerSecond / 1000} kb/s, from the fixed table`,
    };
  });
}
