import type { VideoRung } from '#core/contracts/plan.js';
import type { Ladder, LadderInput } from '#planning/ladder/ladder.js';
import { ladderPresets } from '#planning/ladder/ladder-presets.js';
import { planCustomLadder } from '#planning/ladder/plan-custom-ladder.js';
import { planTitleLadder } from '#planning/ladder/plan-title-ladder.js';

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
