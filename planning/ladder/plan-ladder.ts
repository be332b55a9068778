import type { VideoRung } from '#core/contracts/plan.js';
import type { CustomRung, VideoCodec } from '#core/contracts/upload-settings.js';
import { encodableSizes, isEncodable } from '#planning/ladder/encodable-sizes.js';
import type { Ladder, LadderInput } from '#planning/ladder/ladder.js';
import { codecLadders, crfStepOfSize, ladderPresets } from '#planning/ladder/ladder-presets.js';
import { makeRung } from '#planning/ladder/make-rung.js';
import { planTitleLadder } from '#planning/ladder/plan-title-ladder.js';
import { sizeOfHeight } from '#planning/ladder/rung-sizes.js';

/**
 * Plans the ladder of every codec that the upload requests: a custom one, or the title's own. Deterministic.
 */
export function planLadder(input: LadderInput): Ladder {
  const ladder: Ladder = { rungs: [], omittedRungs: [] };
  for (const codec of input.settings.codecs) {
    const part = Array.isArray(input.settings.ladder)
      ? planCustomLadder(input, codec, input.settings.ladder)
      : planTitleLadder(input, codec, ladderPresets[input.settings.ladder][codec]);
    ladder.rungs.push(...nameRungs(part.rungs));
    ladder.omittedRungs.push(...part.omittedRungs);
  }
  return ladder;
}

/** Numbers rungs of the same size in ascending order of bitrate: `h264-720`, `h264-720-2`. */
function nameRungs(rungs: readonly VideoRung[]): VideoRung[] {
  const seen = new Map<string, number>();
  return rungs.map((rung) => {
    const count = (seen.get(rung.renditionId) ?? 0) + 1;
    seen.set(rung.renditionId, count);
    return count === 1 ? rung : { ...rung, renditionId: `${rung.renditionId}-${count}` };
  });
}

/**
 * Plans the rungs that an upload requests, in one codec. Rungs are never upscaled. If no requested rung fits
 * the source, the ladder has one rung of the source's own size.
 */
function planCustomLadder(input: LadderInput, codec: VideoCodec, requested: readonly CustomRung[]): Ladder {
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
