import type { VideoRung } from '#core/contracts/plan.js';
import { type Rational, rational, toNumber } from '#core/contracts/rational.js';
import type { UploadSettings } from '#core/contracts/upload-settings.js';
import { h264CodecString, h264Level } from '#encoder/planning/h264-level.js';
import { rungSizes } from '#encoder/planning/rung-sizes.js';
import type { SourcePicture } from '#core/contracts/plan.js';

export interface LadderInput {
  picture: Pick<SourcePicture, 'displayWidth' | 'displayHeight' | 'range'>;
  frameRate: Rational;
  settings: UploadSettings;
}

export interface Ladder {
  rungs: VideoRung[];
  omittedRungs: {
    codec: 'h264' | 'hevc' | 'av1';
    height: number;
    capBitsPerSecond: number;
    reason: string;
  }[];
}

/** Rungs up to this many lines run at half rate where the source is faster than 30 frames a second. */
const tallestHalfRateStep = 540;
const bufferSeconds = 1;

export function frameStepOf(frameRate: Rational, stepHeight: number): 1 | 2 {
  return toNumber(frameRate) > 30.5 && stepHeight <= tallestHalfRateStep ? 2 : 1;
}

/** The fixed ladder: one rung a cap of the table, never upscaled. */
export function planLadder(input: LadderInput): Ladder {
  const rungs: VideoRung[] = [];
  for (const size of rungSizes(input.picture)) {
    size.capsBitsPerSecond.forEach((cap, index) => {
      const frameStep = frameStepOf(input.frameRate, size.stepHeight);
      const frameRate = rational(
        input.frameRate.numerator / (frameStep === 2 ? 2 : 1),
        input.frameRate.denominator,
      );
      const level = h264Level(size.width, size.height, toNumber(frameRate), cap);
      rungs.push({
        renditionId: `h264-${size.height}${index === 0 ? '' : `-${index + 1}`}`,
        codec: 'h264',
        width: size.width,
        height: size.height,
        frameStep,
        frameRate,
        crf: 22,
        capBitsPerSecond: cap,
        bufferBits: Math.round(cap * bufferSeconds),
        encoderPreset: 'fast',
        codecString: h264CodecString(level),
        videoRange: 'SDR',
        expectedBitsPerSecond: cap,
        declaredPeakBitsPerSecond: Math.round(cap * 1.2),
        reason: `${size.stepHeight}p at most ${Math.round(cap / 1000)} kb/s, from the table`,
      });
    });
  }
  return { rungs, omittedRungs: [] };
}
