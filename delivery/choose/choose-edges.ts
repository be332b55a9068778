import { boundsOf } from '#delivery/choose/bounded-load.js';
import { costOf, type EdgeCost, medianOf, utilisationOf } from '#delivery/choose/edge-cost.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import { rendezvousScore } from '#delivery/choose/rendezvous.js';
import type { Place } from '#delivery/client/place.js';

export type StageName = 'filter' | 'panic' | 'cost' | 'tier' | 'affinity' | 'bound' | 'stickiness' | 'answer';

export interface StageRecord {
  stage: StageName;
  /** What the stage found, for people. */
  note: string;
  dropped: { edgeId: string; reason: string }[];
}

export interface EdgeDecision {
  /** Distinct, best first, at most `mostAnswers`; empty where no edge lives. */
  edges: EdgeState[];
  /** Why the first is first, one word. */
  reason: EdgeReason;
  stages: StageRecord[];
}

export type EdgeReason = 'affinity' | 'bound' | 'next-tier' | 'all-full' | 'sticky' | 'none';

export interface EdgeQuestion {
  edges: readonly EdgeState[];
  titleId: string;
  place: Place | undefined;
  /** The edge a session plays from now; undefined for a new one. */
  currentEdgeId?: string | undefined;
  /** Edges that may be answered; undefined for all. Whether there is a panic is the whole fleet's matter. */
  among?: readonly string[];
}

interface Candidate {
  edge: EdgeState;
  cost: EdgeCost;
}

export const mostAnswers = 3;
/** Costs closer than this are the same to a viewer, milliseconds. */
const leastTierMs = 10;
const kmPerMs = 100;
/** A fuller edge would stutter: the next tier's distance is the lesser evil. */
const fullUtilisation = 0.95;
/** A session moves for another edge only if that one is this much cheaper, and noticeably so. */
const moveShare = 0.8;

/**
 * Which edges a client gets, best first: the stages of the design, each telling what it dropped and why. Pure: the same
 * question has the same answer.
 */
export function chooseEdges(question: EdgeQuestion): EdgeDecision {
  const stages: StageRecord[] = [];
  const living = filterLiving(question, stages);
  const candidates = rankByCost(living, question.place, stages);
  const tierMs = Math.max(leastTierMs, (question.place?.accuracyKm ?? 0) / kmPerMs);
  const tiers = splitIntoTiers(candidates, tierMs);
  stages.push(describeTiers(tiers, tierMs));
  const { order, reason } = walkTiers(tiers, question.titleId, stages);
  const settled = stay(order, candidates, question.currentEdgeId, stages);
  const edges = settled.slice(0, mostAnswers).map(({ edge }) => edge);
  stages.push({
    stage: 'answer',
    note: edges.map((edge) => edge.edgeId).join(', ') || 'no living edge',
    dropped: settled
      .slice(mostAnswers)
      .map(({ edge }) => ({ edgeId: edge.edgeId, reason: `not among the best ${mostAnswers}` })),
  });
  return { edges, reason: settled[0] && settled[0] !== order[0] ? 'sticky' : reason, stages };
}

/** Stages 1 and 7: down and draining edges go; suspect ones too, unless that would leave under half of the fleet. */
function filterLiving({ edges, among }: EdgeQuestion, stages: StageRecord[]): EdgeState[] {
  const dropped: StageRecord['dropped'] = [];
  const unhealthy = edges.filter((edge) => edge.health !== 'healthy').length;
  const isPanic = unhealthy * 2 > edges.length;
  const living = edges.filter((edge) => {
    const isOffered = among === undefined || among.includes(edge.edgeId);
    const reason = isOffered ? whyNotUsable(edge, isPanic) : "not a pathway of the session's playlist";
    if (reason !== undefined) dropped.push({ edgeId: edge.edgeId, reason });
    return reason === undefined;
  });
  stages.push({ stage: 'filter', note: `${living.length} of ${edges.length} edges usable`, dropped });
  if (isPanic) {
    const note = `${unhealthy} of ${edges.length} edges look unhealthy: soft signs are ignored`;
    stages.push({ stage: 'panic', note, dropped: [] });
  }
  return living;
}

function whyNotUsable(edge: EdgeState, isPanic: boolean): string | undefined {
  if (edge.health === 'down') return `down: ${edge.healthReason}`;
  if (edge.draining) return 'draining: it takes no new sessions';
  if (edge.health === 'suspect' && !isPanic) return `suspect: ${edge.healthReason}`;
  return undefined;
}

function rankByCost(
  edges: readonly EdgeState[],
  place: Place | undefined,
  stages: StageRecord[],
): Candidate[] {
  const medianTtfbMs = medianOf(edges.map((edge) => edge.ttfbMs));
  const candidates = edges
    .map((edge) => ({ edge, cost: costOf(edge, place, medianTtfbMs) }))
    .sort((a, b) => a.cost.totalMs - b.cost.totalMs);
  const costs = candidates.map(({ edge, cost }) => `${edge.edgeId} ${cost.totalMs.toFixed(1)} ms`);
  const where = place ? `from ${place.name || 'a known place'}` : 'place unknown, distances tie';
  stages.push({ stage: 'cost', note: `${where}: ${costs.join(', ')}`, dropped: [] });
  return candidates;
}

/** Consecutive groups of candidates whose costs lie within `tierMs` of their group's best. */
function splitIntoTiers(candidates: readonly Candidate[], tierMs: number): Candidate[][] {
  const tiers: Candidate[][] = [];
  let bestMs = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const tier = tiers.at(-1);
    if (tier && candidate.cost.totalMs <= bestMs + tierMs) {
      tier.push(candidate);
    } else {
      tiers.push([candidate]);
      bestMs = candidate.cost.totalMs;
    }
  }
  return tiers;
}

function describeTiers(tiers: readonly Candidate[][], tierMs: number): StageRecord {
  const [first = [], ...later] = tiers;
  return {
    stage: 'tier',
    note: `${first.length} within ${tierMs.toFixed(0)} ms of the best`,
    dropped: later.flatMap((tier, index) =>
      tier.map(({ edge, cost }) => ({
        edgeId: edge.edgeId,
        reason: `tier ${index + 2}: ${cost.totalMs.toFixed(1)} ms`,
      })),
    ),
  };
}

/**
 * Stages 4 and 5: in each tier, edges in the title's hash order that have room; behind all of them those without, the
 * emptiest first, so that a full fleet still serves.
 */
function walkTiers(
  tiers: readonly Candidate[][],
  titleId: string,
  stages: StageRecord[],
): { order: Candidate[]; reason: EdgeReason } {
  const roomy: Candidate[] = [];
  const full: Candidate[] = [];
  const bound: StageRecord['dropped'] = [];
  for (const tier of tiers) {
    const boundOf = boundsOf(tier.map(({ edge }) => edge));
    for (const candidate of byAffinity(tier, titleId)) {
      const reason = whyNoRoom(candidate.edge, boundOf(candidate.edge));
      (reason === undefined ? roomy : full).push(candidate);
      if (reason !== undefined) bound.push({ edgeId: candidate.edge.edgeId, reason });
    }
  }
  full.sort((a, b) => utilisationOf(a.edge) - utilisationOf(b.edge));
  const order = [...roomy, ...full];
  const firstChoice = byAffinity(tiers[0] ?? [], titleId);
  stages.push(
    { stage: 'affinity', note: firstChoice.map(({ edge }) => edge.edgeId).join(' > '), dropped: [] },
    { stage: 'bound', note: `${roomy.length} of ${order.length} have room`, dropped: bound },
  );
  return { order, reason: reasonOf(order[0], roomy, firstChoice) };
}

function reasonOf(
  chosen: Candidate | undefined,
  roomy: readonly Candidate[],
  firstChoice: readonly Candidate[],
): EdgeReason {
  if (!chosen) return 'none';
  if (roomy.length === 0) return 'all-full';
  if (chosen === firstChoice[0]) return 'affinity';
  return firstChoice.includes(chosen) ? 'bound' : 'next-tier';
}

function byAffinity(tier: readonly Candidate[], titleId: string): Candidate[] {
  return tier
    .map((candidate) => ({
      candidate,
      score: rendezvousScore(candidate.edge.edgeId, titleId, candidate.edge.capacityBitsPerSecond),
    }))
    .sort((a, b) => b.score - a.score)
    .map(({ candidate }) => candidate);
}

function whyNoRoom(edge: EdgeState, bound: number): string | undefined {
  const utilisation = utilisationOf(edge);
  if (utilisation >= fullUtilisation) return `full: ${(utilisation * 100).toFixed(0)} % of its capacity`;
  return edge.sessions + 1 <= bound
    ? undefined
    : `bound: ${edge.sessions} sessions, at most ${bound} for its share of the tier`;
}

/** Stage 6: a session stays where it is unless its edge left the living or another is clearly cheaper. */
function stay(
  order: readonly Candidate[],
  candidates: readonly Candidate[],
  currentEdgeId: string | undefined,
  stages: StageRecord[],
): Candidate[] {
  if (currentEdgeId === undefined) return [...order];
  const current = order.find(({ edge }) => edge.edgeId === currentEdgeId);
  const best = candidates[0];
  if (!current || !best) {
    stages.push({
      stage: 'stickiness',
      note: `${currentEdgeId} is not usable: the session moves`,
      dropped: [],
    });
    return [...order];
  }
  const currentMs = current.cost.totalMs;
  const bestMs = best.cost.totalMs;
  const moves = bestMs < currentMs * moveShare && bestMs + leastTierMs < currentMs;
  const comparison = `${currentMs.toFixed(1)} ms against ${bestMs.toFixed(1)} ms`;
  stages.push({
    stage: 'stickiness',
    note: moves ? `${comparison}: the session moves` : `${comparison}: the session stays`,
    dropped: [],
  });
  return moves ? [...order] : [current, ...order.filter((candidate) => candidate !== current)];
}
