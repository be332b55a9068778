import { toNumber } from '#core/contracts/rational.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import { predictCrf, scaleComplexity } from '#planning/ladder/complexity.js';
import type { LadderInput } from '#planning/ladder/ladder.js';
import { type CodecLadder, type CodecPreset, codecLadders } from '#planning/ladder/ladder-presets.js';
import { averageShare, frameStepOf } from '#planning/ladder/make-rung.js';
import type { RungSize } from '#planning/ladder/rung-sizes.js';
import { h264Level } from '#planning/levels/h264-level.js';

const crfPerStepAboveTable = 1.5;
/**
 * HLS Authoring Specification: one rung at least is within H.264's level 4.1. 1080 lines at 60 frames a
 * second are not.
 */
const maxLevelOfFirst = 41;
/**
 * Where the taller size would also be the first at full rate: every frame of the half-rate one has twice the
 * bits.
 */
const crfOfFullRate = 4;

/** What the rungs of one codec are chosen from. */
export interface Want {
  input: LadderInput;
  codec: VideoCodec;
  preset: CodecPreset;
  /** Ascending; the last is `top`. */
  sizes: readonly RungSize[];
  top: RungSize;
  /** Beyond this the full size has nothing more to gain. */
  enough: number;
}

export type CapRow = CodecLadder['caps'][number];

/**
 * The tallest size that is still good enough at this bitrate, at least the table's. The taller beside the
 * table's, the better its rate factor must be: the prediction may be off, and a size too tall costs more than
 * one too small.
 */
export function chooseSize(want: Want, row: CapRow, cap: number, isFirst: boolean): RungSize {
  const { input, codec, preset } = want;
  const sizes = isFirst ? sizesForEveryDevice(want, cap) : want.sizes;
  const { relativeBits, crfOffset } = codecLadders[codec];
  const complexity = scaleComplexity(input.complexity, relativeBits);
  const tableIndex = Math.max(
    0,
    sizes.findLastIndex(({ stepHeight }) => stepHeight <= row.stepHeight),
  );
  const tableStep = frameStepOf(input.frameRate, row.stepHeight);
  const fitting = sizes.filter(({ height, stepHeight }, index) => {
    const steps = index - tableIndex;
    const rateCost = frameStepOf(input.frameRate, stepHeight) < tableStep ? crfOfFullRate : 0;
    const worst = preset.worstCrf - crfOffset - rateCost - (steps - 1) * crfPerStepAboveTable;
    return steps <= 0 || predictCrf(complexity, height, cap * averageShare) <= worst;
  });
  return fitting.at(-1) as RungSize;
}

function sizesForEveryDevice({ input, codec, sizes }: Want, cap: number): readonly RungSize[] {
  if (codec !== 'h264') return sizes;
  const { frameRate } = input;
  const decoded = sizes.filter(({ width, height, stepHeight }) => {
    const framesPerSecond = toNumber(frameRate) / frameStepOf(frameRate, stepHeight);
    return h264Level(width, height, framesPerSecond, cap) <= maxLevelOfFirst;
  });
  return decoded.length > 0 ? decoded : sizes.slice(0, 1);
}
