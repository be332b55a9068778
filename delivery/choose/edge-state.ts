import type { EdgeId } from '#core/contracts/heartbeat.js';

/** `suspect`: heartbeat and probes disagree, so the edge is used only in a panic. `down`: never used. */
export type EdgeHealth = 'healthy' | 'suspect' | 'down';

/** An edge as delivery sees it now: its last heartbeat, delivery's own probes, and assignments made since. */
export interface EdgeState {
  edgeId: EdgeId;
  /** No trailing slash. */
  publicUrl: string;
  location: { name: string; latitude: number; longitude: number };
  capacityBitsPerSecond: number;
  bitsPerSecond: number;
  sessions: number;
  /** Smoothed time to the first byte of cached objects, as the edge reports it. 0: not measured yet. */
  ttfbMs: number;
  draining: boolean;
  health: EdgeHealth;
  /** Explains `health` to operators. */
  healthReason: string;
  /** Share of recent probes that failed, 0 to 1. */
  badness: number;
}

/** Below 1, so that the load term of the cost stays finite. */
const maxUtilisation = 0.99;

/** Share of its capacity that an edge sends now, 0 to 0.99. */
export function utilisationOf(edge: EdgeState): number {
  return Math.min(maxUtilisation, edge.bitsPerSecond / edge.capacityBitsPerSecond);
}
