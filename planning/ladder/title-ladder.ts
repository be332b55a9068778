import type { Plan, VideoRung } from '#core/contracts/plan.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import { type CapRow, chooseSize, type Want } from '#planning/ladder/choose-size.js';
import { predictBitsPerSecond, predictCrf, scaleComplexity } from '#planning/ladder/complexity.js';
import { encodableSizes } from '#planning/ladder/encodable-sizes.js';
import { formatBitrate } from '#planning/ladder/format-bitrate.js';
import type { Ladder, LadderInput } from '#planning/ladder/ladder.js';
import { type CodecPreset, codecLadders, crfStepOfSize } from '#planning/ladder/ladder-presets.js';
import { averageShare, makeRung } from '#planning/ladder/make-rung.js';
import type { RungSize } from '#planning/ladder/rung-sizes.js';
import { addsHeadroomOnly, bringsTooLittle, headroomOnly } from '#planning/ladder/weigh-rung.js';

/**
 * A 6-s segment that begins with a full buffer may lie a sixth over `-maxrate`: caps this far below the
 * table's keep a rung's peak at the table's bitrate, so that it fits the lines that the table's rung fits.
 * The first cap is the table's: lines slower than that get it whatever its peak is.
 */
const capShareOfTable = 0.86;
/**
 * A cap this far above the predicted average at the wanted quality leaves nothing more to gain. Half of it is
 * for peaks, half for what the samples missed; under a constant rate factor room that nobody needs costs
 * nothing.
 */
const headroomForPeaks = 2;
/**
 * The full size is never capped below this share of the table's first cap for it, however simple the title
 * looked: a few samples of a long title miss its hard scenes, and room that nobody needs costs nothing under
 * a constant rate factor.
 */
const minFullSizeShare = 0.25;
/**
 * Bits a second for a pixel of the full size, above which no source is worth more; the table's rows have 3 to
 * 5.
 */
const maxBitsPerPixelSecond = 4;

/**
 * The title's own ladder: for every cap of the table the largest size that looks better than a smaller one at
 * that bitrate, up to the cap beyond which the title needs no more bits. Every choice says why.
 * Deterministic.
 */
export function titleLadder(input: LadderInput, codec: VideoCodec, preset: CodecPreset): Ladder {
  const sizes = encodableSizes(input, codec);
  const top = sizes.at(-1);
  if (!top) return tooNarrow(input, codec);
  const enough = enoughBitsPerSecond(input, codec, preset, top);
  const want: Want = { input, codec, preset, sizes, top, enough };
  const caps = capsFor(codec, top);
  const rungs: VideoRung[] = [];
  const omittedRungs: Plan['omittedRungs'] = [];
  for (const row of codecLadders[codec].caps) {
    const omit = (height: number, reason: string, capBitsPerSecond = row.bitsPerSecond): void => {
      omittedRungs.push({ codec, height, capBitsPerSecond, reason });
    };
    const below = rungs.at(-1);
    if (!caps.includes(row)) {
      omit(row.stepHeight, `the source is ${top.width}x${top.height}: never upscaled`);
      continue;
    }
    if (below?.height === top.height && below.capBitsPerSecond >= enough) {
      omit(top.height, `${formatBitrate(enough)} is all that this title can use at its full size`);
      continue;
    }
    const rung = rungForCap(want, row, row === caps[0]);
    const isLast = rung.capBitsPerSecond >= enough || row === caps.at(-1);
    if (below && isLast && addsHeadroomOnly(rung, below, rungs.at(-2))) {
      rungs.splice(-1, 1, rung);
      omit(below.height, headroomOnly(below), below.capBitsPerSecond);
      continue;
    }
    const reason = below?.height === rung.height ? bringsTooLittle(rung, below, isLast) : undefined;
    if (reason === undefined) rungs.push(rung);
    else omit(rung.height, reason);
  }
  return { rungs, omittedRungs };
}

/**
 * The rows of the table for sources of this size: never upscaled, but small ones may use more than their own
 * row.
 */
function capsFor(codec: VideoCodec, top: RungSize): CapRow[] {
  const { caps, relativeBits } = codecLadders[codec];
  const max = maxBitsPerPixelSecond * relativeBits * top.width * top.height;
  return caps.filter(
    ({ stepHeight, bitsPerSecond }, index) =>
      index === 0 || stepHeight <= top.stepHeight || bitsPerSecond <= max,
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
  return Math.max(headroomForPeaks * average, minFullSizeShare * ownCap);
}

function rungForCap(want: Want, row: CapRow, isFirst: boolean): VideoRung {
  const { input, codec, preset, top, enough } = want;
  const { relativeBits, crfOffset } = codecLadders[codec];
  const cap = isFirst ? row.bitsPerSecond : row.bitsPerSecond * capShareOfTable;
  const size = chooseSize(want, row, cap, isFirst);
  const usable = size === top ? Math.min(cap, enough) : cap;
  const crf = crfOf(preset, size);
  const crfAtCap =
    predictCrf(scaleComplexity(input.complexity, relativeBits), size.height, usable * averageShare) +
    crfOffset;
  const choice =
    usable < cap
      ? `all that the title can use at full size, of ${formatBitrate(row.bitsPerSecond)} in the table`
      : `the largest size that ${formatBitrate(cap)} carries well: about CRF ${Math.max(crf, crfAtCap).toFixed(0)}`;
  const why =
    row.stepHeight > top.stepHeight ? `${choice}; the table begins at ${row.stepHeight} lines` : choice;
  return makeRung(input, { codec, size, cap: usable, crf, encoderPreset: preset.encoderPreset, why });
}

/** No rung at all: the title keeps those of its other codecs. */
function tooNarrow({ video }: LadderInput, codec: VideoCodec): Ladder {
  const { minSidePixels, caps } = codecLadders[codec];
  const reason = `${video.displayWidth}x${video.displayHeight} is too small: the encoder takes no side under ${minSidePixels} pixels`;
  const omittedRungs = caps.map(({ bitsPerSecond }) => ({
    codec,
    height: video.displayHeight,
    capBitsPerSecond: bitsPerSecond,
    reason,
  }));
  return { rungs: [], omittedRungs };
}
