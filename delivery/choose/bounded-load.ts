import type { EdgeState } from '#delivery/choose/edge-state.js';

/** No edge gets more than this many times its fair share of a tier's sessions. */
const loadFactor = 1.25;

/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam 2016), weighted by capacity: the most sessions
 * each edge may hold once one more has come to its tier. At least one edge of any tier is below its bound.
 */
export function boundsOf(tier: readonly EdgeState[]): (edge: EdgeState) => number {
  let sessions = 0;
  let capacity = 0;
  for (const member of tier) {
    sessions += member.sessions;
    capacity += member.capacityBitsPerSecond;
  }
  const perCapacity = (loadFactor * (sessions + 1)) / capacity;
  return (edge) => Math.ceil(perCapacity * edge.capacityBitsPerSecond);
}
