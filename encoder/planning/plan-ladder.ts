import type { Plan, SourcePicture, VideoRung } from '#core/contracts/plan.js';
import { type Rational, rational, toNumber } from '#core/contracts/rational.js';
import type { CustomRung, UploadSettings, VideoCodec } from '#core/contracts/upload-settings.js';
import { type Complexity, predictBitsPerSecond, predictCrf } from '#encoder/planning/complexity.js';
import {
  type CodecLadder,
  type CodecPreset,
  codecLadders,
  crfStepOfSize,
  ladderPresets,
} from '#encoder/planning/ladder-presets.js';
import { h264Level } from '#encoder/planning/h264-level.js';
import { rungCodecString } from '#encoder/planning/rung-codec-string.js';
import { type RungSize, rungSizes, sizeOfHeight } from '#encoder/planning/rung-sizes.js';

export interface LadderInput {
  picture: Pick<SourcePicture, 'displayWidth' | 'displayHeight' | 'range'>;
  frameRate: Rational;
  settings: UploadSettings;
  complexity: Complexity;
}

export interface Ladder {
  rungs: VideoRung[];
  omittedRungs: Plan['omittedRungs'];
}

/** Rungs up to this many lines run at half rate where the source is faster than 30 frames a second. */
const tallestHalfRateStep = 540;
const fastestFullRate = 30.5;
/** `-bufsize` in seconds of `-maxrate`: how long a hard scene may borrow from an easy one. */
export const bufferSeconds = 1;
/** A 6-s segment that begins with a full buffer holds at most 7 s of `-maxrate`; the rest is container and rounding. */
export const declaredPeakShare = 1.25;
/**
 * A 6-s segment that begins with a full buffer may lie a sixth over `-maxrate`: caps this far below the table's keep a
 * rung's peak at the table's bitrate, so that it fits the lines that the table's rung fits. The first cap is the table's:
 * lines slower than that get it whatever its peak is.
 */
const capShareOfTable = 0.86;
/** A cap is met on average at this share of it: the rest is what peaks need. */
const averageShare = 0.85;
/**
 * A cap this far above the predicted average at the wanted quality leaves nothing more to gain. Half of it is for peaks,
 * half for what the samples missed; under a constant rate factor room that nobody needs costs nothing.
 */
const roomForPeaks = 2;
/** A rung's cap must be this far above the one below at the same size: about three steps of the rate factor. */
const leastCapStep = 1.4;
/** Between neighbours farther apart than this lines would get far less than they carry. */
const mostCapStep = 2.5;
/** The topmost may be nearer: it is the best that the title can have. */
const leastLastCapStep = 1.25;
/** And its expected average this far: a rung that the title cannot fill shows nothing new. */
const leastAverageStep = 1.2;
/**
 * The full size is never capped below this share of the table's first cap for it, however simple the title looked: a few
 * samples of a long title miss its hard scenes, and room that nobody needs costs nothing under a constant rate factor.
 */
const leastFullSizeShare = 0.25;

/** Bits a second for a pixel of the full size, above which no source is worth more; the table's rows have 3 to 5. */
const mostBitsPerPixelSecond = 4;
const crfPerStepAboveTable = 1.5;
/** Where the taller size would also be the first at full rate: every frame of the half-rate one has twice the bits. */
const crfOfFullRate = 4;

export function frameStepOf(frameRate: Rational, stepHeight: number): 1 | 2 {
  return toNumber(frameRate) > fastestFullRate && stepHeight <= tallestHalfRateStep ? 2 : 1;
}

/**
 * The title's own ladder: for every cap of the table the largest size that looks better than a smaller one at that
 * bitrate, up to the cap beyond which the title needs no more bits. Every choice says why. Deterministic.
 */
export function planLadder(input: LadderInput): Ladder {
  const ladder: Ladder = { rungs: [], omittedRungs: [] };
  for (const codec of input.settings.codecs) {
    const part = Array.isArray(input.settings.ladder)
      ? customLadder(input, codec, input.settings.ladder)
      : titleLadder(input, codec, ladderPresets[input.settings.ladder][codec]);
    ladder.rungs.push(...nameRungs(part.rungs));
    ladder.omittedRungs.push(...part.omittedRungs);
  }
  return ladder;
}

function titleLadder(input: LadderInput, codec: VideoCodec, preset: CodecPreset): Ladder {
  const sizes = encodableSizes(input, codec);
  const top = sizes.at(-1);
  if (!top) return tooThin(input, codec);
  const want: Want = {
    input,
    codec,
    preset,
    sizes,
    top,
    enough: enoughBitsPerSecond(input, codec, preset, top),
  };
  const caps = capsFor(codec, top);
  const rungs: VideoRung[] = [];
  const omittedRungs: Plan['omittedRungs'] = [];
  for (const row of codecLadders[codec].caps) {
    const omit = (height: number, reason: string): void => {
      omittedRungs.push({ codec, height, capBitsPerSecond: row.bitsPerSecond, reason });
    };
    const below = rungs.at(-1);
    if (!caps.includes(row)) {
      omit(row.stepHeight, `the source is ${top.width}x${top.height}: never upscaled`);
      continue;
    }
    if (below?.height === top.height && below.capBitsPerSecond >= want.enough) {
      omit(top.height, `${kbps(want.enough)} is all that this title can use at its full size`);
      continue;
    }
    const rung = rungForCap(want, row, row === caps[0]);
    const isLast = rung.capBitsPerSecond >= want.enough || row === caps.at(-1);
    if (below && isLast && addsRoomAlone(rung, below, rungs.at(-2))) {
      rungs.pop();
      const reason = `the title would use ${kbps(below.expectedBitsPerSecond)} of it: the rung above gives it as much, and room for more`;
      omittedRungs.push({ codec, height: below.height, capBitsPerSecond: below.capBitsPerSecond, reason });
      rungs.push(rung);
      continue;
    }
    const reason = below?.height === rung.height ? bringsTooLittle(rung, below, isLast) : undefined;
    if (reason === undefined) rungs.push(rung);
    else omit(rung.height, reason);
  }
  return { rungs, omittedRungs };
}

/** What the rungs of one codec are chosen from. */
interface Want {
  input: LadderInput;
  codec: VideoCodec;
  preset: CodecPreset;
  /** Ascending; the last is `top`. */
  sizes: readonly RungSize[];
  top: RungSize;
  /** Beyond this the full size has nothing more to gain. */
  enough: number;
}

type CapRow = CodecLadder['caps'][number];

/** The rows of the table for sources of this size: never upscaled, but small ones may use more than their own row. */
function capsFor(codec: VideoCodec, top: RungSize): CapRow[] {
  const { caps, relativeBits } = codecLadders[codec];
  const most = mostBitsPerPixelSecond * relativeBits * top.width * top.height;
  return caps.filter(
    ({ stepHeight, bitsPerSecond }, index) =>
      index === 0 || stepHeight <= top.stepHeight || bitsPerSecond <= most,
  );
}

const crfOf = (preset: CodecPreset, size: RungSize): number => preset.crf + crfStepOfSize(size.stepHeight);

function enoughBitsPerSecond(
  { complexity }: LadderInput,
  codec: VideoCodec,
  preset: CodecPreset,
  top: RungSize,
): number {
  const { caps, relativeBits, crfOffset } = codecLadders[codec];
  const average = relativeBits * predictBitsPerSecond(complexity, top.height, crfOf(preset, top) - crfOffset);
  const ownCap = caps.find(({ stepHeight }) => stepHeight >= top.stepHeight)?.bitsPerSecond ?? 0;
  return Math.max(roomForPeaks * average, leastFullSizeShare * ownCap);
}

function rungForCap(want: Want, row: CapRow, isFirst: boolean): VideoRung {
  const { input, codec, preset, top, enough } = want;
  const { relativeBits, crfOffset } = codecLadders[codec];
  const cap = isFirst ? row.bitsPerSecond : row.bitsPerSecond * capShareOfTable;
  const size = bestSize(isFirst ? forEveryDevice(want, cap) : want, row, cap);
  const usable = size === top ? Math.min(cap, enough) : cap;
  const crf = crfOf(preset, size);
  const crfAtCap =
    predictCrf(scaled(input.complexity, relativeBits), size.height, usable * averageShare) + crfOffset;
  const choice =
    usable < cap
      ? `all that the title can use at full size, of ${kbps(row.bitsPerSecond)} in the table`
      : `the largest size that ${kbps(cap)} carries well: about CRF ${Math.max(crf, crfAtCap).toFixed(0)}`;
  const why =
    row.stepHeight > top.stepHeight ? `${choice}; the table begins at ${row.stepHeight} lines` : choice;
  return makeRung(input, { codec, size, cap: usable, crf, encoderPreset: preset.encoderPreset, why });
}

/** HLS Authoring Specification: one rung at least is within H.264's level 4.1. 1080 lines at 60 frames a second are not. */
const mostLevelOfFirst = 41;

function forEveryDevice(want: Want, cap: number): Want {
  if (want.codec !== 'h264') return want;
  const { frameRate } = want.input;
  const sizes = want.sizes.filter(({ width, height, stepHeight }) => {
    const framesPerSecond = toNumber(frameRate) / frameStepOf(frameRate, stepHeight);
    return h264Level(width, height, framesPerSecond, cap) <= mostLevelOfFirst;
  });
  return { ...want, sizes: sizes.length > 0 ? sizes : want.sizes.slice(0, 1) };
}

/**
 * The tallest size that is still good enough at this bitrate, at least the table's. The taller beside the table's, the
 * better its rate factor must be: the prediction may be off, and a size too tall costs more than one too small.
 */
function bestSize({ input, codec, preset, sizes }: Want, row: CapRow, cap: number): RungSize {
  const { relativeBits, crfOffset } = codecLadders[codec];
  const complexity = scaled(input.complexity, relativeBits);
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

/** Whether the topmost rung differs from the one below in nothing but room, and leaves no hole without it. */
function addsRoomAlone(rung: VideoRung, below: VideoRung, secondBelow: VideoRung | undefined): boolean {
  return (
    secondBelow !== undefined &&
    rung.capBitsPerSecond <= mostCapStep * secondBelow.capBitsPerSecond &&
    rung.height === below.height &&
    rung.capBitsPerSecond > below.capBitsPerSecond &&
    rung.expectedBitsPerSecond < below.expectedBitsPerSecond * leastAverageStep
  );
}

/** In words, why a rung is not worth its encode and its place in caches beside the one below of the same size. */
function bringsTooLittle(rung: VideoRung, below: VideoRung, isLast: boolean): string | undefined {
  const step = rung.capBitsPerSecond / below.capBitsPerSecond;
  if (step < (isLast ? leastLastCapStep : leastCapStep))
    return `only ${kbps(rung.capBitsPerSecond - below.capBitsPerSecond)} more than the rung below`;
  // Far more room at the top is for the scenes that samples missed, whatever the title is expected to use of it.
  if (isLast && step >= leastCapStep) return undefined;
  if (rung.expectedBitsPerSecond < below.expectedBitsPerSecond * leastAverageStep) {
    const [more, less] = [kbps(rung.expectedBitsPerSecond), kbps(below.expectedBitsPerSecond)];
    return `the title would use ${more} of it, and uses ${less} of the rung below`;
  }
  return undefined;
}

function encodableSizes(input: LadderInput, codec: VideoCodec): RungSize[] {
  return rungSizes(input.picture).filter((size) => isEncodable(size, codec));
}

function isEncodable({ width, height }: Pick<RungSize, 'width' | 'height'>, codec: VideoCodec): boolean {
  return Math.min(width, height) >= codecLadders[codec].shortestSidePixels;
}

/** No rung at all: the title keeps those of its other codecs. */
function tooThin({ picture }: LadderInput, codec: VideoCodec): Ladder {
  const { shortestSidePixels, caps } = codecLadders[codec];
  const reason = `${picture.displayWidth}x${picture.displayHeight} is too small: the encoder takes no side under ${shortestSidePixels} pixels`;
  const omittedRungs = caps.map(({ bitsPerSecond }) => ({
    codec,
    height: picture.displayHeight,
    capBitsPerSecond: bitsPerSecond,
    reason,
  }));
  return { rungs: [], omittedRungs };
}

function scaled(complexity: Complexity, share: number): Complexity {
  return {
    ...complexity,
    sizes: complexity.sizes.map((size) => ({ ...size, bitsPerSecond: size.bitsPerSecond * share })),
  };
}

const kbps = (bitsPerSecond: number): string => `${Math.round(bitsPerSecond / 1000)} kb/s`;

function customLadder(input: LadderInput, codec: VideoCodec, wanted: readonly CustomRung[]): Ladder {
  const { crfOffset } = codecLadders[codec];
  const { encoderPreset, crf: usualCrf } = ladderPresets.standard[codec];
  const { displayHeight } = input.picture;
  const omit = ({ height, maxBitsPerSecond }: CustomRung, reason: string): Plan['omittedRungs'][number] => ({
    codec,
    height,
    capBitsPerSecond: maxBitsPerSecond,
    reason,
  });
  const { shortestSidePixels } = codecLadders[codec];
  const isHeld = (rung: CustomRung): boolean => isEncodable(sizeOfHeight(input.picture, rung.height), codec);
  const notLarger = wanted.filter(({ height }) => height <= displayHeight);
  const fitting = notLarger.filter(isHeld);
  const omittedRungs = [
    ...wanted
      .filter(({ height }) => height > displayHeight)
      .map((rung) => omit(rung, `the source has ${displayHeight} lines: never upscaled`)),
    ...notLarger
      .filter((rung) => !isHeld(rung))
      .map((rung) => omit(rung, `the encoder takes no side under ${shortestSidePixels} pixels`)),
  ];
  const rungs = fitting.map(({ height, maxBitsPerSecond, crf }) =>
    makeRung(input, {
      codec,
      size: sizeOfHeight(input.picture, height),
      cap: maxBitsPerSecond,
      crf:
        crf === undefined
          ? usualCrf + crfStepOfSize(sizeOfHeight(input.picture, height).stepHeight)
          : crf + crfOffset,
      encoderPreset,
      why: 'asked for',
    }),
  );
  if (rungs.length > 0) return { rungs, omittedRungs };
  const size = encodableSizes(input, codec).at(-1);
  if (!size) return { rungs, omittedRungs };
  const fallback = makeRung(input, {
    codec,
    size,
    cap: Math.min(...wanted.map(({ maxBitsPerSecond }) => maxBitsPerSecond)),
    crf: usualCrf,
    encoderPreset,
    why: "no rung asked for can be made of this source: the source's own size instead",
  });
  return { rungs: [fallback], omittedRungs };
}

interface RungChoice {
  codec: VideoCodec;
  size: RungSize;
  /** Bits a second. */
  cap: number;
  /** On the codec's own scale. */
  crf: number;
  encoderPreset: string;
  why: string;
}

function makeRung(input: LadderInput, { codec, size, cap, crf, encoderPreset, why }: RungChoice): VideoRung {
  const { relativeBits, crfOffset } = codecLadders[codec];
  const frameStep = frameStepOf(input.frameRate, size.stepHeight);
  const frameRate = rational(input.frameRate.numerator / frameStep, input.frameRate.denominator);
  const capBitsPerSecond = Math.round(cap);
  const videoRange = codec === 'h264' ? 'SDR' : input.picture.range;
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
    reason: `${size.width}x${size.height}, at most ${kbps(cap)}: ${why}`,
  };
}

/** Ids in ascending order of bitrate: `h264-720`, `h264-720-2`. */
function nameRungs(rungs: readonly VideoRung[]): VideoRung[] {
  const seen = new Map<string, number>();
  return rungs.map((rung) => {
    const count = (seen.get(rung.renditionId) ?? 0) + 1;
    seen.set(rung.renditionId, count);
    return count === 1 ? rung : { ...rung, renditionId: `${rung.renditionId}-${count}` };
  });
}
