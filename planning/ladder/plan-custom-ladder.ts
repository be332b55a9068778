import type { VideoRung } from '#core/contracts/plan.js';
import type { CustomRung, VideoCodec } from '#core/contracts/upload-settings.js';
import { encodableSizes, isEncodable } from '#planning/ladder/encodable-sizes.js';
import type { Ladder, LadderInput } from '#planning/ladder/ladder.js';
import { codecLadders, crfStepOfSize, ladderPresets } from '#planning/ladder/ladder-presets.js';
import { makeRung } from '#planning/ladder/make-rung.js';
import { sizeOfHeight } from '#planning/ladder/rung-sizes.js';

/**
 * Plans the rungs that an upload requests, in one codec. Rungs are never upscaled. If no requested rung fits
 * the source, the ladder has one rung of the source's own size.
 */
export function planCustomLadder(
  input: LadderInput,
  codec: VideoCodec,
  requested: readonly CustomRung[],
): Ladder {
  const ladder: Ladder = { rungs: [], omittedRungs: [] };
  for (const rung of requested) {
    const reason = explainUnfit(input, codec, rung);
    const { height, maxBitsPerSecond: capBitsPerSecond } = rung;
    if (reason === undefined) ladder.rungs.push(requestedRung(input, codec, rung));
    else ladder.omittedRungs.push({ codec, height, capBitsPerSecond, reason });
  }
  return ladder.rungs.length > 0 ? ladder : { ...ladder, rungs: ownSizeRung(input, codec, requested) };
}

/** Why a rung cannot be made of this source; undefined if it can. */
function explainUnfit({ video }: LadderInput, codec: VideoCodec, { height }: CustomRung): string | undefined {
  if (height > video.displayHeight)
    return `the source has ${video.displayHeight} lines, and rungs are never upscaled`;
  if (isEncodable(sizeOfHeight(video, height), codec)) return undefined;
  return `the encoder needs sides of at least ${codecLadders[codec].minSidePixels} pixels`;
}

function requestedRung(input: LadderInput, codec: VideoCodec, requested: CustomRung): VideoRung {
  const { encoderPreset, crf: presetCrf } = ladderPresets.standard[codec];
  const size = sizeOfHeight(input.video, requested.height);
  const crf =
    requested.crf === undefined
      ? presetCrf + crfStepOfSize(size.stepHeight)
      : requested.crf + codecLadders[codec].crfOffset;
  return makeRung(input, {
    ...{ codec, size, crf, encoderPreset },
    cap: requested.maxBitsPerSecond,
    why: 'requested by the upload',
  });
}

/** One rung of the source's own size; none if the codec's encoder cannot take that size either. */
function ownSizeRung(input: LadderInput, codec: VideoCodec, requested: readonly CustomRung[]): VideoRung[] {
  const { encoderPreset, crf } = ladderPresets.standard[codec];
  const size = encodableSizes(input, codec).at(-1);
  if (!size) return [];
  const rung = makeRung(input, {
    ...{ codec, size, crf, encoderPreset },
    cap: Math.min(...requested.map(({ maxBitsPerSecond }) => maxBitsPerSecond)),
    why: 'no requested rung fits this source, so its own size is used',
  });
  return [rung];
}
