import type { ExplainStage } from '#delivery/choose/explain-stage.js';
import { type Candidate, minTierMs } from '#delivery/choose/rank-edges.js';

/**
 * A session moves only if the best edge costs at most this share of its own edge, and over `minTierMs` less.
 */
const moveShare = 0.8;

/** Stage 6: keeps a session on its edge unless that edge is unusable or another is clearly cheaper. */
export function keepSession(session: {
  order: readonly Candidate[];
  tiers: readonly Candidate[][];
  /** Undefined for a new session. */
  currentEdgeId: string | undefined;
  explain: ExplainStage;
}): readonly Candidate[] {
  const { order, tiers, currentEdgeId, explain } = session;
  if (currentEdgeId === undefined) return order;
  const current = tiers.flat().find(({ edge }) => edge.edgeId === currentEdgeId);
  const best = tiers[0]?.[0];
  if (!current || !best) {
    const note = `the session moves: ${currentEdgeId} is not usable`;
    explain(() => ({ stage: 'stickiness', note, dropped: [] }));
    return order;
  }
  const currentMs = current.costMs;
  const bestMs = best.costMs;
  const moves = bestMs <= currentMs * moveShare && bestMs + minTierMs < currentMs;
  explain(() => {
    const costs = `its edge costs ${currentMs.toFixed(1)} ms, the best ${bestMs.toFixed(1)} ms`;
    const note = `the session ${moves ? 'moves' : 'stays'}: ${costs}`;
    return { stage: 'stickiness', note, dropped: [] };
  });
  return moves ? order : [current, ...order.filter((candidate) => candidate !== current)];
}
