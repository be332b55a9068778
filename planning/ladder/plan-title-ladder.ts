import type { Plan, VideoRung } from '#core/contracts/plan.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import { type CapRow, type CodecCandidates, chooseSize } from '#planning/ladder/choose-size.js';
import { predictBitsPerSecond, predictCrf, scaleComplexity } from '#planning/ladder/complexity.js';
import { encodableSizes } from '#planning/ladder/encodable-sizes.js';
import { explainOmission, explainReplacement, formatBitrate } from '#planning/ladder/explain-omission.js';
import type { Ladder, LadderInput } from '#planning/ladder/ladder.js';
import { type CodecPreset, codecLadders, crfStepOfSize } from '#planning/ladder/ladder-presets.js';
import { averageShare, makeRung } from '#planning/ladder/make-rung.js';
import type { RungSize } from '#planning/ladder/rung-sizes.js';

/**
 * A 6-s segment that starts with a full buffer may exceed `-maxrate` by a sixth. Caps at this share of the
 * table's keep a rung's peak at the table's bitrate, so that it fits the same connections. The first cap is
 * the table's own: slower connections get the first rung anyway.
 */
const capShareOfTable = 0.86;
/**
 * A cap of this many times the predicted average at the preset's quality leaves nothing to gain. Half of the
 * headroom is for peaks, half for scenes that the samples missed; with a constant rate factor, unused
 * headroom costs nothing.
 */
const headroom = 2;
/**
 * The full size is never capped below this share of the table's first cap for it, however simple the samples
 * are: a few samples of a long title may miss its complex scenes.
 */
const minFullSizeShare = 0.25;
/**
 * Bits per second and pixel of the full size that no source needs more of; the rows of the table have 3 to 5.
 */
const maxBitsPerPixelSecond = 4;

/**
 * Plans the title's own ladder: for every cap of the table, the largest size that looks better than a smaller
 * one at that bitrate, up to the cap that is enough for the title. Every rung and every omission has a
 * reason. Deterministic.
 */
export function planTitleLadder(input: LadderInput, codec: VideoCodec, preset: CodecPreset): Ladder {
  const sizes = encodableSizes(input, codec);
  const top = sizes.at(-1);
  if (!top) return emptyLadder(input, codec);
  const usefulBitsPerSecond = findUsefulBitsPerSecond(input, codec, preset, top);
  const candidates: CodecCandidates = { input, codec, preset, sizes, top, usefulBitsPerSecond };
  const caps = capsFor(codec, top);
  const rungs: VideoRung[] = [];
  const omittedRungs: Plan['omittedRungs'] = [];
  for (const row of codecLadders[codec].caps) {
    const omit = (height: number, reason: string, capBitsPerSecond = row.bitsPerSecond): void => {
      omittedRungs.push({ codec, height, capBitsPerSecond, reason });
    };
    const below = rungs.at(-1);
    if (!caps.includes(row)) {
      omit(row.stepHeight, `the source is ${top.width}x${top.height}, and rungs are never upscaled`);
      continue;
    }
    if (below?.height === top.height && below.capBitsPerSecond >= usefulBitsPerSecond) {
      omit(top.height, `${formatBitrate(usefulBitsPerSecond)} is enough for this title at full size`);
      continue;
    }
    const rung = rungForCap(candidates, row, row === caps[0]);
    const isLast = rung.capBitsPerSecond >= usefulBitsPerSecond || row === caps.at(-1);
    const replacement =
      below && isLast ? explainReplacement({ top: rung, below, secondBelow: rungs.at(-2) }) : undefined;
    if (below && replacement !== undefined) {
      rungs.splice(-1, 1, rung);
      omit(below.height, replacement, below.capBitsPerSecond);
      continue;
    }
    const reason = below?.height === rung.height ? explainOmission(rung, below, isLast) : undefined;
    if (reason === undefined) rungs.push(rung);
    else omit(rung.height, reason);
  }
  return { rungs, omittedRungs };
}

/**
 * The rows of the table for a source of this size. Small sources may use the caps of larger sizes, but not
 * the sizes.
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

/** The cap above which the full size gains nothing. */
function findUsefulBitsPerSecond(
  { complexity }: LadderInput,
  codec: VideoCodec,
  preset: CodecPreset,
  top: RungSize,
): number {
  const { caps, relativeBits, crfOffset } = codecLadders[codec];
  const average = relativeBits * predictBitsPerSecond(complexity, top.height, crfOf(preset, top) - crfOffset);
  const ownCap = caps.find(({ stepHeight }) => stepHeight >= top.stepHeight)?.bitsPerSecond ?? 0;
  return Math.max(headroom * average, minFullSizeShare * ownCap);
}

function rungForCap(candidates: CodecCandidates, row: CapRow, isFirst: boolean): VideoRung {
  const { input, codec, preset, top, usefulBitsPerSecond } = candidates;
  const { relativeBits, crfOffset } = codecLadders[codec];
  const cap = isFirst ? row.bitsPerSecond : row.bitsPerSecond * capShareOfTable;
  const size = chooseSize(candidates, row, cap, isFirst);
  const usable = size === top ? Math.min(cap, usefulBitsPerSecond) : cap;
  const crf = crfOf(preset, size);
  const crfAtCap =
    predictCrf(scaleComplexity(input.complexity, relativeBits), size.height, usable * averageShare) +
    crfOffset;
  const expectedCrf = Math.max(crf, crfAtCap).toFixed(0);
  const choice =
    usable < cap
      ? `enough for this title at full size (${formatBitrate(row.bitsPerSecond)} in the table)`
      : `the largest size with good quality at ${formatBitrate(cap)}, about CRF ${expectedCrf}`;
  const why =
    row.stepHeight > top.stepHeight ? `${choice}; the table starts at ${row.stepHeight} lines` : choice;
  return makeRung(input, { codec, size, cap: usable, crf, encoderPreset: preset.encoderPreset, why });
}

/**
 * A ladder without rungs, for a source that is too small for the codec's encoder. Other codecs still have
 * theirs.
 */
function emptyLadder({ video }: LadderInput, codec: VideoCodec): Ladder {
  const { minSidePixels, caps } = codecLadders[codec];
  const size = `${video.displayWidth}x${video.displayHeight}`;
  const reason = `${size} is too small: the encoder needs sides of at least ${minSidePixels} pixels`;
  const omittedRungs = caps.map(({ bitsPerSecond }) => ({
    codec,
    height: video.displayHeight,
    capBitsPerSecond: bitsPerSecond,
    reason,
  }));
  return { rungs: [], omittedRungs };
}
