import { assignTitle, type TitleAssignment } from '#delivery/choose/assign-title.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import { type ExplainStage, explainNothing } from '#delivery/choose/explain-stage.js';
import { filterEdges } from '#delivery/choose/filter-edges.js';
import { keepSession } from '#delivery/choose/keep-session.js';
import { type Candidate, rankEdges } from '#delivery/choose/rank-edges.js';
import type { GeoLocation } from '#delivery/client/geo-location.js';

/** Why the first edge is first: one word, for the decision header and metrics. */
export type EdgeReason = 'affinity' | 'bound' | 'next-tier' | 'all-full' | 'sticky' | 'none';

export interface EdgeDecision {
  /** Distinct, best first, at most `mostAnswers`; empty where no edge lives. */
  edges: EdgeState[];
  reason: EdgeReason;
}

export interface EdgeQuestion {
  edges: readonly EdgeState[];
  titleId: string;
  location: GeoLocation | undefined;
  /** The edge a session plays from now; undefined for a new one. */
  currentEdgeId?: string | undefined;
  /** Edges that may be answered; undefined for all. Whether there is a panic is the whole fleet's matter. */
  among?: readonly string[] | undefined;
}

export const maxAnswers = 3;

/**
 * Which edges a client gets, best first: filter, cost, tier, affinity, bounded load, stickiness. Pure: the same question
 * has the same answer. `explain` hears of every stage, what it dropped and why.
 */
export function chooseEdges(question: EdgeQuestion, explain: ExplainStage = explainNothing): EdgeDecision {
  const living = filterEdges(question.edges, question.among, explain);
  const tiers = rankEdges(living, question.location, explain);
  const assignment = assignTitle(tiers, question.titleId, maxAnswers, explain);
  const order = keepSession(assignment.order, tiers, question.currentEdgeId, explain);
  const edges = order.slice(0, maxAnswers).map(({ edge }) => edge);
  explain(() => ({
    stage: 'answer',
    note: edges.map((edge) => edge.edgeId).join(', ') || 'no living edge',
    dropped: living
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
