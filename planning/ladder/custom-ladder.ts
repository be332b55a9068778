import type { VideoRung } from '#core/contracts/plan.js';
import type { CustomRung, VideoCodec } from '#core/contracts/upload-settings.js';
import { encodableSizes, isEncodable } from '#planning/ladder/encodable-sizes.js';
import type { Ladder, LadderInput } from '#planning/ladder/ladder.js';
import { codecLadders, crfStepOfSize, ladderPresets } from '#planning/ladder/ladder-presets.js';
import { makeRung } from '#planning/ladder/make-rung.js';
import { sizeOfHeight } from '#planning/ladder/rung-sizes.js';

/**
 * The rungs that somebody asked for, in one codec: as asked, but never upscaled, and one at least where there
 * can be.
 */
export function customLadder(input: LadderInput, codec: VideoCodec, wanted: readonly CustomRung[]): Ladder {
  const ladder: Ladder = { rungs: [], omittedRungs: [] };
  for (const rung of wanted) {
    const reason = whyNot(input, codec, rung);
    const { height, maxBitsPerSecond: capBitsPerSecond } = rung;
    if (reason === undefined) ladder.rungs.push(rungAsAsked(input, codec, rung));
    else ladder.omittedRungs.push({ codec, height, capBitsPerSecond, reason });
  }
  return ladder.rungs.length > 0 ? ladder : { ...ladder, rungs: ownSize(input, codec, wanted) };
}

function whyNot({ video }: LadderInput, codec: VideoCodec, { height }: CustomRung): string | undefined {
  if (height > video.displayHeight) return `the source has ${video.displayHeight} lines: never upscaled`;
  if (isEncodable(sizeOfHeight(video, height), codec)) return undefined;
  return `the encoder takes no side under ${codecLadders[codec].minSidePixels} pixels`;
}

function rungAsAsked(input: LadderInput, codec: VideoCodec, asked: CustomRung): VideoRung {
  const { encoderPreset, crf: usualCrf } = ladderPresets.standard[codec];
  const size = sizeOfHeight(input.video, asked.height);
  const crf =
    asked.crf === undefined
      ? usualCrf + crfStepOfSize(size.stepHeight)
      : asked.crf + codecLadders[codec].crfOffset;
  return makeRung(input, {
    ...{ codec, size, crf, encoderPreset },
    cap: asked.maxBitsPerSecond,
    why: 'asked for',
  });
}

/**
 * For a source that is smaller than all that was asked for; nothing where its codec has no size for it
 * either.
 */
function ownSize(input: LadderInput, codec: VideoCodec, wanted: readonly CustomRung[]): VideoRung[] {
  const { encoderPreset, crf } = ladderPresets.standard[codec];
  const size = encodableSizes(input, codec).at(-1);
  if (!size) return [];
  const rung = makeRung(input, {
    ...{ codec, size, crf, encoderPreset },
    cap: Math.min(...wanted.map(({ maxBitsPerSecond }) => maxBitsPerSecond)),
    why: "no rung asked for can be made of this source: the source's own size instead",
  });
  return [rung];
}
