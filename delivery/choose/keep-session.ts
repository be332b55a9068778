import type { ExplainStage } from '#delivery/choose/explain-stage.js';
import { type Candidate, minTierMs } from '#delivery/choose/rank-edges.js';

/** A session moves for another edge only if that one costs this share or less, and noticeably less. */
const moveShare = 0.8;

/** Stage 6: a session stays where it is unless its edge is not usable any more or another is clearly cheaper. */
export function keepSession(
  order: readonly Candidate[],
  tiers: readonly Candidate[][],
  currentEdgeId: string | undefined,
  explain: ExplainStage,
): readonly Candidate[] {
  if (currentEdgeId === undefined) return order;
  const current = tiers.flat().find(({ edge }) => edge.edgeId === currentEdgeId);
  const best = tiers[0]?.[0];
  if (!current || !best) {
    const note = `${currentEdgeId} is not usable: the session moves`;
    explain(() => ({ stage: 'stickiness', note, dropped: [] }));
    return order;
  }
  const currentMs = current.costMs;
  const bestMs = best.costMs;
  const moves = bestMs <= currentMs * moveShare && bestMs + minTierMs < currentMs;
  explain(() => ({
    stage: 'stickiness',
    note: `${currentMs.toFixed(1)} ms against ${bestMs.toFixed(1)} ms: the session ${moves ? 'moves' : 'stays'}`,
    dropped: [],
  }));
  return moves ? order : [current, ...order.filter((candidate) => candidate !== current)];
}
