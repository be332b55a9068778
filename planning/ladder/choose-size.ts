import { toNumber } from '#core/contracts/rational.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import { predictCrf, scaleComplexity } from '#planning/ladder/complexity.js';
import type { LadderInput } from '#planning/ladder/ladder.js';
import { type CodecLadder, type CodecPreset, codecLadders } from '#planning/ladder/ladder-presets.js';
import { averageShare, frameStepOf } from '#planning/ladder/make-rung.js';
import type { RungSize } from '#planning/ladder/rung-sizes.js';
import { h264Level } from '#planning/levels/h264-level.js';

/** CRF by which the limit drops with every further step above the table's size. */
const crfPerStepAboveTable = 1.5;
/** HLS Authoring Specification: at least one rung is within H.264 level 4.1. 1080p60 is not. */
const maxFirstLevel = 41;
/**
 * CRF by which the limit drops if the taller size is at full rate and the table's is not: frames get half the
 * bits.
 */
const crfOfFullRate = 4;

/** What the rungs of one codec are chosen from. */
export interface CodecCandidates {
  input: LadderInput;
  codec: VideoCodec;
  preset: CodecPreset;
  /** Ascending; the last is `top`. */
  sizes: readonly RungSize[];
  top: RungSize;
  /** Cap above which the full size gains nothing. */
  usefulBitsPerSecond: number;
}

export type CapRow = CodecLadder['caps'][number];

/**
 * Chooses the tallest size with good enough quality at this bitrate, at least the table's. The further a size
 * is above the table's, the lower its predicted CRF must be: predictions may be wrong, and a size too tall
 * costs more quality than one too small.
 */
export function chooseSize(
  candidates: CodecCandidates,
  row: CapRow,
  cap: number,
  isFirst: boolean,
): RungSize {
  const { input, codec, preset } = candidates;
  const sizes = isFirst ? sizesForEveryDevice(candidates, cap) : candidates.sizes;
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
    const maxCrf = preset.worstCrf - crfOffset - rateCost - (steps - 1) * crfPerStepAboveTable;
    return steps <= 0 || predictCrf(complexity, height, cap * averageShare) <= maxCrf;
  });
  return fitting.at(-1) as RungSize;
}

/** The sizes within level 4.1, or the smallest one if there are none. */
function sizesForEveryDevice({ input, codec, sizes }: CodecCandidates, cap: number): readonly RungSize[] {
  if (codec !== 'h264') return sizes;
  const { frameRate } = input;
  const decoded = sizes.filter(({ width, height, stepHeight }) => {
    const framesPerSecond = toNumber(frameRate) / frameStepOf(frameRate, stepHeight);
    return h264Level(width, height, framesPerSecond, cap) <= maxFirstLevel;
  });
  return decoded.length > 0 ? decoded : sizes.slice(0, 1);
}
