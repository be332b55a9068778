import { assignTitle, type TitleAssignment } from '#delivery/choose/assign-title.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import { type ExplainStage, explainNothing } from '#delivery/choose/explain-stage.js';
import { filterEdges } from '#delivery/choose/filter-edges.js';
import { keepSession } from '#delivery/choose/keep-session.js';
import { type Candidate, rankEdges } from '#delivery/choose/rank-edges.js';
import type { GeoLocation } from '#delivery/client/geo-location.js';

/** Why the first edge comes first; one word, for the decision header and metrics. */
type EdgeReason = 'affinity' | 'bound' | 'next-tier' | 'all-full' | 'sticky' | 'none';

export interface EdgeDecision {
  /** Distinct, best first, at most `maxAnswers`. Empty if no edge is usable. */
  edges: EdgeState[];
  reason: EdgeReason;
}

export interface EdgeCriteria {
  /** The whole fleet. A panic depends on the share of it that is unhealthy. */
  edges: readonly EdgeState[];
  titleId: string;
  location: GeoLocation | undefined;
  /** The edge a session plays from now; undefined for a new session. */
  currentEdgeId?: string | undefined;
  /** The only edges to answer with; undefined allows all. */
  allowedEdgeIds?: readonly string[] | undefined;
}

const maxAnswers = 3;

/**
 * Chooses the edges for a client, best first: filter, cost, tier, affinity, bounded load, stickiness. Pure
 * and deterministic. Calls `explain` after each stage with what it dropped and why.
 */
export function chooseEdges(criteria: EdgeCriteria, explain: ExplainStage = explainNothing): EdgeDecision {
  const usable = filterEdges(criteria.edges, criteria.allowedEdgeIds, explain);
  const tiers = rankEdges(usable, criteria.location, explain);
  const assignment = assignTitle(tiers, criteria.titleId, maxAnswers, explain);
  const order = keepSession({
    order: assignment.order,
    tiers,
    currentEdgeId: criteria.currentEdgeId,
    explain,
  });
  const edges = order.slice(0, maxAnswers).map(({ edge }) => edge);
  explain(() => ({
    stage: 'answer',
    note: edges.map((edge) => edge.edgeId).join(', ') || 'no usable edge',
    dropped: usable
      .filter((edge) => !edges.includes(edge))
      .map((edge) => ({ edgeId: edge.edgeId, reason: `not among the best ${maxAnswers}` })),
  }));
  return { edges, reason: reasonOf(order[0], assignment, tiers[0] ?? []) };
}

function reasonOf(
  chosen: Candidate | undefined,
  { order, home, available }: TitleAssignment,
  firstTier: readonly Candidate[],
): EdgeReason {
  if (!chosen) return 'none';
  if (chosen !== order[0]) return 'sticky';
  if (available === 0) return 'all-full';
  if (chosen === home) return 'affinity';
  return firstTier.includes(chosen) ? 'bound' : 'next-tier';
}
