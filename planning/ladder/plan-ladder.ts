import type { VideoRung } from '#core/contracts/plan.js';
import { customLadder } from '#planning/ladder/custom-ladder.js';
import type { Ladder, LadderInput } from '#planning/ladder/ladder.js';
import { ladderPresets } from '#planning/ladder/ladder-presets.js';
import { titleLadder } from '#planning/ladder/title-ladder.js';

/**
 * The ladder of every codec that the upload asks for: the title's own, or the one asked for. Deterministic.
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

/** Ids in ascending order of bitrate: `h264-720`, `h264-720-2`. */
function nameRungs(rungs: readonly VideoRung[]): VideoRung[] {
  const seen = new Map<string, number>();
  return rungs.map((rung) => {
    const count = (seen.get(rung.renditionId) ?? 0) + 1;
    seen.set(rung.renditionId, count);
    return count === 1 ? rung : { ...rung, renditionId: `${rung.renditionId}-${count}` };
  });
}
