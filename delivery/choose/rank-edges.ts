import { computeCostMs, describeCost, medianOf } from '#delivery/choose/compute-cost-ms.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import type { ExplainStage, StageRecord } from '#delivery/choose/explain-stage.js';
import type { GeoLocation } from '#delivery/client/geo-location.js';

export interface Candidate {
  edge: EdgeState;
  costMs: number;
}

/** Costs closer than this are the same to a viewer, milliseconds. */
export const minTierMs = 10;
const kmPerMs = 100;

/**
 * Stages 2 and 3: usable edges in tiers, cheapest first; within a tier the differences are too small, or the client's
 * place too vague, to matter.
 */
export function rankEdges(
  edges: readonly EdgeState[],
  location: GeoLocation | undefined,
  explain: ExplainStage,
): Candidate[][] {
  const medianTtfbMs = medianOf(edges.map((edge) => edge.ttfbMs));
  const candidates = edges
    .map((edge) => ({ edge, costMs: computeCostMs(edge, location, medianTtfbMs) }))
    .sort((a, b) => a.costMs - b.costMs);
  const tierMs = Math.max(minTierMs, (location?.accuracyKm ?? 0) / kmPerMs);
  const tiers = splitIntoTiers(candidates, tierMs);
  explain(() => {
    const where = location
      ? `from ${location.name || 'a known location'}`
      : 'location unknown, distances tie';
    const costs = candidates.map(({ edge }) => describeCost(edge, location, medianTtfbMs));
    return { stage: 'cost', note: `${where}: ${costs.join('; ')}`, dropped: [] };
  });
  explain(() => describeTiers(tiers, tierMs));
  return tiers;
}

/** Consecutive groups of candidates whose costs lie within `tierMs` of their group's best. */
function splitIntoTiers(candidates: readonly Candidate[], tierMs: number): Candidate[][] {
  const tiers: Candidate[][] = [];
  let bestMs = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const tier = tiers.at(-1);
    if (tier && candidate.costMs <= bestMs + tierMs) {
      tier.push(candidate);
    } else {
      tiers.push([candidate]);
      bestMs = candidate.costMs;
    }
  }
  return tiers;
}

function describeTiers(tiers: readonly Candidate[][], tierMs: number): StageRecord {
  return {
    stage: 'tier',
    note: `${tiers[0]?.length ?? 0} within ${tierMs.toFixed(0)} ms of the best`,
    dropped: tiers.slice(1).flatMap((tier, index) =>
      tier.map(({ edge, costMs }) => ({
        edgeId: edge.edgeId,
        reason: `tier ${index + 2}: ${costMs.toFixed(1)} ms`,
      })),
    ),
  };
}
