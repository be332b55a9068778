import type { EdgeState } from '#delivery/choose/edge-state.js';
import { distanceKm, type Point } from '#delivery/choose/great-circle.js';

/** Light in fibre, there and back: 100 km a millisecond. */
const kmPerMs = 100;
/** An edge waiting on the origin for a new title's first encodes is slow for that title, not a bad edge for others. */
const maxTtfbExcessMs = 50;
const badnessMs = 50;
/** What half a load costs, milliseconds; the term grows without bound towards full. */
const halfLoadMs = 5;
const fullestUtilisation = 0.99;

export function utilisationOf(edge: EdgeState): number {
  return Math.min(fullestUtilisation, edge.bitsPerSecond / edge.capacityBitsPerSecond);
}

/**
 * Milliseconds that a client at `place` pays at `edge`. No place: distance is the same nothing for every edge, so they
 * tie by it. `medianTtfbMs` is the fleet's.
 */
export function computeCostMs(edge: EdgeState, location: Point | undefined, medianTtfbMs: number): number {
  return (
    distanceMs(edge, location) + slownessMs(edge, medianTtfbMs) + badnessMs * edge.badness + loadMs(edge)
  );
}

function distanceMs(edge: EdgeState, location: Point | undefined): number {
  return location ? distanceKm(location, edge.location) / kmPerMs : 0;
}

function slownessMs(edge: EdgeState, medianTtfbMs: number): number {
  return Math.min(maxTtfbExcessMs, Math.max(0, edge.ttfbMs - medianTtfbMs));
}

function loadMs(edge: EdgeState): number {
  const utilisation = utilisationOf(edge);
  return (halfLoadMs * utilisation) / (1 - utilisation);
}

/** The same cost in words, such as `lon 14.2 ms (distance 3.4, slowness 0.0, badness 0.0, load 10.8)`. */
export function describeCost(edge: EdgeState, location: Point | undefined, medianTtfbMs: number): string {
  const [total, distance, slowness, badness, load] = [
    computeCostMs(edge, location, medianTtfbMs),
    distanceMs(edge, location),
    slownessMs(edge, medianTtfbMs),
    badnessMs * edge.badness,
    loadMs(edge),
  ].map((ms) => ms.toFixed(1));
  return `${edge.edgeId} ${total} ms (distance ${distance}, slowness ${slowness}, badness ${badness}, load ${load})`;
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}
