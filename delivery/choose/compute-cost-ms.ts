import { type EdgeState, utilisationOf } from '#delivery/choose/edge-state.js';

interface Point {
  latitude: number;
  longitude: number;
}

/** Light in fibre covers 100 km and back in one millisecond. */
export const kmPerMs = 100;
/**
 * Caps the first-byte term. An edge that waits for a new title's first encodes is not slow for other titles.
 */
const maxSlownessMs = 50;
/** Cost of an edge all of whose recent probes failed. */
const maxBadnessMs = 50;
/** Cost of 50 % utilisation. The load term grows without bound as utilisation approaches 1. */
const halfLoadMs = 5;

/**
 * Computes what a client at `location` pays at `edge`, in milliseconds: distance, slowness, badness and load.
 * Without a location, distance costs nothing at any edge. `medianTtfbMs` is the median of the edges that have
 * measured it.
 */
export function computeCostMs(edge: EdgeState, location: Point | undefined, medianTtfbMs: number): number {
  return (
    distanceMs(edge, location) + slownessMs(edge, medianTtfbMs) + maxBadnessMs * edge.badness + loadMs(edge)
  );
}

function distanceMs(edge: EdgeState, location: Point | undefined): number {
  return location ? distanceKm(location, edge.location) / kmPerMs : 0;
}

function slownessMs(edge: EdgeState, medianTtfbMs: number): number {
  return Math.min(maxSlownessMs, Math.max(0, edge.ttfbMs - medianTtfbMs));
}

function loadMs(edge: EdgeState): number {
  const utilisation = utilisationOf(edge);
  return (halfLoadMs * utilisation) / (1 - utilisation);
}

/** Lists the terms of the cost: `lon 14.2 ms (distance 3.4, slowness 0.0, badness 0.0, load 10.8)`. */
export function describeCost(edge: EdgeState, location: Point | undefined, medianTtfbMs: number): string {
  const [total, distance, slowness, badness, load] = [
    computeCostMs(edge, location, medianTtfbMs),
    distanceMs(edge, location),
    slownessMs(edge, medianTtfbMs),
    maxBadnessMs * edge.badness,
    loadMs(edge),
  ].map((ms) => ms.toFixed(1));
  const terms = `distance ${distance}, slowness ${slowness}, badness ${badness}, load ${load}`;
  return `${edge.edgeId} ${total} ms (${terms})`;
}

const earthRadiusKm = 6_371;
const radiansPerDegree = Math.PI / 180;

/** Great-circle distance by the haversine formula. Its error of 0.5 % is far below that of geolocation. */
function distanceKm(a: Point, b: Point): number {
  const latitudes = (b.latitude - a.latitude) * radiansPerDegree;
  const longitudes = (b.longitude - a.longitude) * radiansPerDegree;
  const h =
    Math.sin(latitudes / 2) ** 2 +
    Math.cos(a.latitude * radiansPerDegree) *
      Math.cos(b.latitude * radiansPerDegree) *
      Math.sin(longitudes / 2) ** 2;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(h)));
}
