import type { EdgeState } from '#delivery/choose/edge-state.js';
import type { ExplainStage } from '#delivery/choose/explain-stage.js';

/**
 * Stages 1 and 7: down and draining edges go; suspect ones too, unless over half of the fleet looks unhealthy, which
 * says more of our own sight than of the edges. `among`: edges that may be answered, undefined for all.
 */
export function filterEdges(
  edges: readonly EdgeState[],
  among: readonly string[] | undefined,
  explain: ExplainStage,
): EdgeState[] {
  let unhealthy = 0;
  for (const edge of edges) if (edge.health !== 'healthy') unhealthy += 1;
  const isPanic = unhealthy * 2 > edges.length;
  const living = edges.filter(
    (edge) => isUsable(edge, isPanic) && (among === undefined || among.includes(edge.edgeId)),
  );
  explain(() => ({
    stage: 'filter',
    note: `${living.length} of ${edges.length} edges usable`,
    dropped: edges
      .filter((edge) => !living.includes(edge))
      .map((edge) => ({ edgeId: edge.edgeId, reason: whyDropped(edge, isPanic) })),
  }));
  if (isPanic) {
    const note = `${unhealthy} of ${edges.length} edges look unhealthy: soft signs are ignored`;
    explain(() => ({ stage: 'panic', note, dropped: [] }));
  }
  return living;
}

function isUsable({ health, draining }: EdgeState, isPanic: boolean): boolean {
  return !draining && (health === 'healthy' || (health === 'suspect' && isPanic));
}

function whyDropped(edge: EdgeState, isPanic: boolean): string {
  if (isUsable(edge, isPanic)) return "not a pathway of the session's playlist";
  if (edge.health === 'down') return `down: ${edge.healthReason}`;
  return edge.draining ? 'draining: it takes no new sessions' : `suspect: ${edge.healthReason}`;
}
