import { boundsOf } from '#delivery/choose/bounded-load.js';
import { utilisationOf } from '#delivery/choose/compute-cost-ms.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import type { ExplainStage, StageRecord } from '#delivery/choose/explain-stage.js';
import type { Candidate } from '#delivery/choose/rank-edges.js';
import { type RendezvousScore, scoreByRendezvous } from '#delivery/choose/score-by-rendezvous.js';

/** A fuller edge would stutter: the next tier's distance is the lesser evil. */
const fullUtilisation = 0.95;

export interface TitleAssignment {
  /** Best first: at least `wanted` where there are so many, those without room behind all that have it. */
  order: Candidate[];
  /** The title's own edge: first in its hash order in the best tier. */
  home: Candidate | undefined;
  /** How many of `order` have room. */
  available: number;
}

/**
 * Stages 4 and 5: in each tier, edges in the title's hash order that have room; behind all of them those without, the
 * emptiest first, so that a full fleet still serves. Tiers past the `wanted`-th answer are not looked at.
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
    const boundOf = boundsOf(tier.map(({ edge }) => edge));
    for (const candidate of byAffinity(tier, score)) {
      home ??= candidate;
      const { edge } = candidate;
      const bound = boundOf(edge);
      const hasCapacity = edge.sessions + 1 <= bound && utilisationOf(edge) < fullUtilisation;
      (hasCapacity ? available : full).push(candidate);
      if (!hasCapacity) refused.push(() => ({ edgeId: edge.edgeId, reason: explainFull(edge, bound) }));
    }
    if (available.length >= wanted) break;
  }
  full.sort((a, b) => utilisationOf(a.edge) - utilisationOf(b.edge));
  explain(() => ({
    stage: 'affinity',
    note: byAffinity(tiers[0] ?? [], score)
      .map(({ edge }) => edge.edgeId)
      .join(' > '),
    dropped: [],
  }));
  explain(() => ({
    stage: 'bound',
    note: `${available.length} of ${available.length + full.length} edges looked at have room`,
    dropped: refused.map((describe) => describe()),
  }));
  return { order: [...available, ...full], home, available: available.length };
}

function byAffinity(tier: readonly Candidate[], score: RendezvousScore): Candidate[] {
  return tier
    .map((candidate) => ({
      candidate,
      score: score(candidate.edge.edgeId, candidate.edge.capacityBitsPerSecond),
    }))
    .sort((a, b) => b.score - a.score)
    .map(({ candidate }) => candidate);
}

function explainFull(edge: EdgeState, bound: number): string {
  const utilisation = utilisationOf(edge);
  return utilisation >= fullUtilisation
    ? `full: ${(utilisation * 100).toFixed(0)} % of its capacity`
    : `bound: ${edge.sessions} sessions, at most ${bound} for its share of the tier`;
}
