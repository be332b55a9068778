import type { EdgeId } from '#core/contracts/heartbeat.js';

/**
 * `healthy`; `suspect`: one sign says dead and another alive, used only in a panic; `down`: never used.
 */
export type EdgeHealth = 'healthy' | 'suspect' | 'down';

/** An edge as delivery sees it at this instant: its last heartbeat, own probes, own assignments since. */
export interface EdgeState {
  edgeId: EdgeId;
  /** No trailing slash. */
  publicUrl: string;
  location: { name: string; latitude: number; longitude: number };
  capacityBitsPerSecond: number;
  bitsPerSecond: number;
  sessions: number;
  ttfbMs: number;
  draining: boolean;
  health: EdgeHealth;
  /** What the health rests on, for people. */
  healthReason: string;
  /** 0 (good) to 1: share of trouble lately. */
  badness: number;
}
