import type { EdgeId } from '#core/contracts/heartbeat.js';
import { chooseEdges } from '#delivery/choose/choose-edges.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import type { GeoLocation } from '#delivery/client/geo-location.js';

/** RFC 8216bis 7.2, spelled as on the wire. */
export interface SteeringManifest {
  VERSION: 1;
  /** Always there: without it hls.js reloads in a hot loop. Seconds. */
  TTL: number;
  'RELOAD-URI': string;
  'PATHWAY-PRIORITY': EdgeId[];
}

/**
 * Every pathway of the session's playlist once, best first. Those that are down or draining stay, last: a
 * player that found all others bad may still try them, and the list is never empty.
 */
export function orderPathways(question: {
  edgeIds: readonly EdgeId[];
  edges: readonly EdgeState[];
  titleId: string;
  location: GeoLocation | undefined;
  currentEdgeId: EdgeId | undefined;
}): EdgeId[] {
  const { edges } = chooseEdges({
    edges: question.edges,
    titleId: question.titleId,
    location: question.location,
    // A player that does not tell plays what its playlist named first.
    currentEdgeId: question.currentEdgeId ?? question.edgeIds[0],
    allowedEdgeIds: question.edgeIds,
  });
  return [...new Set([...edges.map((edge) => edge.edgeId), ...question.edgeIds])];
}
