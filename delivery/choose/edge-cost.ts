import type { EdgeState } from '#delivery/choose/edge-state.js';
import { distanceKm, type Point } from '#delivery/choose/great-circle.js';

/** Light in fibre, there and back: 100 km a millisecond. */
const kmPerMs = 100;
/** An edge waiting on the origin for a new title's first encodes is slow for that title, not a bad edge for others. */
const mostTtfbExcessMs = 50;
const badnessMs = 50;
/** What half a load costs, milliseconds; the term grows without bound towards full. */
const loadMs = 5;
const fullestUtilisation = 0.99;

export interface EdgeCost {
  totalMs: number;
  distanceMs: number;
  ttfbMs: number;
  badnessMs: number;
  loadMs: number;
}

export function utilisationOf(edge: EdgeState): number {
  return Math.min(fullestUtilisation, edge.bitsPerSecond / edge.capacityBitsPerSecond);
}

/**
 * Milliseconds that a client at `place` pays at `edge`. No place: distance is the same nothing for every edge, so they
 * tie by it. `medianTtfbMs` is the fleet's.
 */
export function costOf(edge: EdgeState, place: Point | undefined, medianTtfbMs: number): EdgeCost {
  const utilisation = utilisationOf(edge);
  const cost = {
    distanceMs: place ? distanceKm(place, edge.location) / kmPerMs : 0,
    ttfbMs: Math.min(mostTtfbExcessMs, Math.max(0, edge.ttfbMs - medianTtfbMs)),
    badnessMs: badnessMs * edge.badness,
    loadMs: (loadMs * utilisation) / (1 - utilisation),
  };
  return { ...cost, totalMs: cost.distanceMs + cost.ttfbMs + cost.badnessMs + cost.loadMs };
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}
