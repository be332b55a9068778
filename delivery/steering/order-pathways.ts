import type { EdgeId } from '#core/contracts/heartbeat.js';
import { chooseEdges } from '#delivery/choose/choose-edges.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import type { GeoLocation } from '#delivery/client/geo-location.js';

/**
 * Orders the pathways of a session's playlist, best first, each once. Edges that are down or draining come
 * last: a player may still try them after all others failed, and the list must not be empty.
 */
export function orderPathways(session: {
  edgeIds: readonly EdgeId[];
  edges: readonly EdgeState[];
  titleId: string;
  location: GeoLocation | undefined;
  currentEdgeId: EdgeId | undefined;
}): EdgeId[] {
  const { edges } = chooseEdges({
    edges: session.edges,
    titleId: session.titleId,
    location: session.location,
    // A player that does not report its pathway plays from the first one of its playlist.
    currentEdgeId: session.currentEdgeId ?? session.edgeIds[0],
    allowedEdgeIds: session.edgeIds,
  });
  return [...new Set([...edges.map((edge) => edge.edgeId), ...session.edgeIds])];
}
