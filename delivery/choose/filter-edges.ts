import type { EdgeState } from '#delivery/choose/edge-state.js';
import type { ExplainStage } from '#delivery/choose/explain-stage.js';

/**
 * Stages 1 and 7. Drops edges that are down, draining or suspect. If over half of the fleet is unhealthy, the
 * fault is more likely delivery's own view, so suspect edges stay: a panic. `allowedEdgeIds` limits the
 * result; undefined allows all.
 */
export function filterEdges(
  edges: readonly EdgeState[],
  allowedEdgeIds: readonly string[] | undefined,
  explain: ExplainStage,
): EdgeState[] {
  let unhealthy = 0;
  for (const edge of edges) if (edge.health !== 'healthy') unhealthy += 1;
  const isPanic = unhealthy * 2 > edges.length;
  const usable = edges.filter(
    (edge) =>
      isUsable(edge, isPanic) && (allowedEdgeIds === undefined || allowedEdgeIds.includes(edge.edgeId)),
  );
  explain(() => ({
    stage: 'filter',
    note: `${usable.length} of ${edges.length} edges usable`,
    dropped: edges
      .filter((edge) => !usable.includes(edge))
      .map((edge) => ({ edgeId: edge.edgeId, reason: whyDropped(edge, isPanic) })),
  }));
  if (isPanic) {
    const note = `${unhealthy} of ${edges.length} edges are unhealthy: suspect ones are used too`;
    explain(() => ({ stage: 'panic', note, dropped: [] }));
  }
  return usable;
}

function isUsable({ health, draining }: EdgeState, isPanic: boolean): boolean {
  return !draining && (health === 'healthy' || (health === 'suspect' && isPanic));
}

function whyDropped(edge: EdgeState, isPanic: boolean): string {
  if (isUsable(edge, isPanic)) return "not a pathway of the session's playlist";
  if (edge.health === 'down') return `down: ${edge.healthReason}`;
  return edge.draining ? 'draining: takes no new sessions' : `suspect: ${edge.healthReason}`;
}
