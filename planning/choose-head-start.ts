import type { Plan, VideoRung } from '#core/contracts/plan.js';
import { frameSeconds } from '#core/contracts/segment-grid.js';
import { orderRungs } from '#core/hls/publication/write-publication-multivariant.js';
import { type EncodeSpeeds, predictSegmentSeconds } from '#core/queue/encode-speeds.js';

/** A head start that is slower than this would arrive after the players that wait for it have given up. */
const maxShareOfSegment = 0.5;

/**
 * Chooses the renditions whose first segments are encoded before anybody asks: those that players are likely
 * to start with. Of H.264: the rung that a player with unknown bandwidth starts with, or the best one below
 * it that is encoded fast enough, and the lowest rung, which every player can fall back to. Of audio: the
 * default rendition.
 */
export function chooseHeadStart(plan: Plan, speeds: EncodeSpeeds): string[] {
  const safe = plan.rungs.filter(({ codec, videoRange }) => codec === 'h264' && videoRange === 'SDR');
  const ids = (safe.length > 0 ? safe : plan.rungs).map(({ renditionId }) => renditionId);
  const [first, ...others] = orderRungs(plan, undefined, { renditionIds: ids });
  const maxSeconds = frameSeconds(plan.grid, plan.grid.segmentFrames) * maxShareOfSegment;
  const ascending = others.filter((rung) => isBelow(rung, first));
  const fast = [first, ...ascending.toReversed()].find(
    (rung) => rung && predictSegmentSeconds(plan, rung, speeds) <= maxSeconds,
  );
  const lowest = ascending[0] ?? first;
  const audio = plan.audio.find(({ isDefault }) => isDefault) ?? plan.audio[0];
  const chosen = [fast, lowest, audio].flatMap((rendition) => rendition?.renditionId ?? []);
  return [...new Set(chosen)];
}

const isBelow = (rung: VideoRung, first: VideoRung | undefined): boolean =>
  first !== undefined && rung.declaredPeakBitsPerSecond < first.declaredPeakBitsPerSecond;
