import { type EdgeState, utilisationOf } from '#delivery/choose/edge-state.js';
import type { ExplainStage, StageRecord } from '#delivery/choose/explain-stage.js';
import type { Candidate } from '#delivery/choose/rank-edges.js';
import { type RendezvousScore, scoreByRendezvous } from '#delivery/choose/score-by-rendezvous.js';

/** An edge above this stalls its players, which is worse than the distance to the next tier. */
const fullUtilisation = 0.95;
/** Limit on an edge's sessions, in multiples of its fair share of the tier. */
const loadFactor = 1.25;

export interface TitleAssignment {
  /** Best first: edges with room, then full ones. Holds at least `wanted` edges if the tiers do. */
  order: Candidate[];
  /** The first edge in the title's hash order in the best tier, whether it has room or not. */
  home: Candidate | undefined;
  /** How many edges of `order` have room. */
  available: number;
}

/**
 * Stages 4 and 5. Orders each tier by the title's hash, then moves full edges behind all others, emptiest
 * first, so that a full fleet still serves. Ignores further tiers once `wanted` edges with room are found.
 */
export function assignTitle(
  tiers: readonly Candidate[][],
  titleId: string,
  wanted: number,
  explain: ExplainStage,
): TitleAssignment {
  const score = scoreByRendezvous(titleId);
  const available: Candidate[] = [];
  const full: Candidate[] = [];
  const refused: (() => StageRecord['dropped'][number])[] = [];
  let home: Candidate | undefined;
  for (const tier of tiers) {
    const maxSessionsOf = boundSessions(tier);
    for (const candidate of orderByAffinity(tier, score)) {
      home ??= candidate;
      const { edge } = candidate;
      const maxSessions = maxSessionsOf(edge);
      const hasRoom = edge.sessions + 1 <= maxSessions && utilisationOf(edge) < fullUtilisation;
      (hasRoom ? available : full).push(candidate);
      if (!hasRoom) refused.push(() => ({ edgeId: edge.edgeId, reason: whyFull(edge, maxSessions) }));
    }
    if (available.length >= wanted) break;
  }
  full.sort((a, b) => utilisationOf(a.edge) - utilisationOf(b.edge));
  explain(() => ({
    stage: 'affinity',
    note: orderByAffinity(tiers[0] ?? [], score)
      .map(({ edge }) => edge.edgeId)
      .join(' > '),
    dropped: [],
  }));
  explain(() => ({
    stage: 'bound',
    note: `${available.length} of ${available.length + full.length} edges considered have room`,
    dropped: refused.map((describe) => describe()),
  }));
  return { order: [...available, ...full], home, available: available.length };
}

/**
 * Returns the most sessions that each edge of a tier may hold once one more has arrived: consistent hashing
 * with bounded loads (Mirrokni, Thorup, Zadimoghaddam 2016), weighted by capacity. At least one edge is
 * always below its bound.
 */
function boundSessions(tier: readonly Candidate[]): (edge: EdgeState) => number {
  let sessions = 0;
  let capacity = 0;
  for (const { edge } of tier) {
    sessions += edge.sessions;
    capacity += edge.capacityBitsPerSecond;
  }
  const perCapacity = (loadFactor * (sessions + 1)) / capacity;
  return (edge) => Math.ceil(perCapacity * edge.capacityBitsPerSecond);
}

function orderByAffinity(tier: readonly Candidate[], score: RendezvousScore): Candidate[] {
  return tier
    .map((candidate) => ({
      candidate,
      score: score(candidate.edge.edgeId, candidate.edge.capacityBitsPerSecond),
    }))
    .sort((a, b) => b.score - a.score)
    .map(({ candidate }) => candidate);
}

function whyFull(edge: EdgeState, maxSessions: number): string {
  const utilisation = utilisationOf(edge);
  return utilisation >= fullUtilisation
    ? `full: sends ${(utilisation * 100).toFixed(0)} % of its capacity`
    : `bound: has ${edge.sessions} sessions, its share of the tier allows ${maxSessions}`;
}
