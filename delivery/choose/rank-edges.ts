import { computeCostMs, describeCost, kmPerMs } from '#delivery/choose/compute-cost-ms.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import type { ExplainStage, StageRecord } from '#delivery/choose/explain-stage.js';
import type { GeoLocation } from '#delivery/client/geo-location.js';

export interface Candidate {
  edge: EdgeState;
  costMs: number;
}

/** Viewers cannot notice a smaller difference in cost. */
export const minTierMs = 10;

/**
 * Stages 2 and 3: groups usable edges into tiers, cheapest first. Within a tier the differences are too
 * small, or the client's location too inaccurate, to matter.
 */
export function rankEdges(
  edges: readonly EdgeState[],
  location: GeoLocation | undefined,
  explain: ExplainStage,
): Candidate[][] {
  const medianTtfbMs = medianOf(edges.map((edge) => edge.ttfbMs).filter((ttfbMs) => ttfbMs > 0));
  const candidates = edges
    .map((edge) => ({ edge, costMs: computeCostMs(edge, location, medianTtfbMs) }))
    .sort((a, b) => a.costMs - b.costMs);
  const tierMs = Math.max(minTierMs, (location?.accuracyKm ?? 0) / kmPerMs);
  const tiers = splitIntoTiers(candidates, tierMs);
  explain(() => {
    const from = location ? `from ${location.name || 'a known location'}` : 'location unknown, no distances';
    const costs = candidates.map(({ edge }) => describeCost(edge, location, medianTtfbMs));
    return { stage: 'cost', note: `${from}: ${costs.join('; ')}`, dropped: [] };
  });
  explain(() => describeTiers(tiers, tierMs));
  return tiers;
}

/** The lower of the two middle values where there are two. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}

/** Splits sorted candidates where one costs over `tierMs` more than the first of its tier. */
function splitIntoTiers(candidates: readonly Candidate[], tierMs: number): Candidate[][] {
  const tiers: Candidate[][] = [];
  let firstMs = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const tier = tiers.at(-1);
    if (tier && candidate.costMs <= firstMs + tierMs) {
      tier.push(candidate);
    } else {
      tiers.push([candidate]);
      firstMs = candidate.costMs;
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
