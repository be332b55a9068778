import type { EdgeHealth } from '#delivery/choose/edge-state.js';
import type { ProbeOutcome } from '#delivery/edges/create-edge-prober.js';

/** The two independent signs of an edge's health. */
export interface EdgeSigns {
  /** `unknown`: Redis is down or has just come back, so a missing heartbeat proves nothing. */
  heartbeat: 'fresh' | 'stale' | 'unknown';
  /** `never`: no probe ever succeeded. Delivery may lack a route to the edge, so failures prove nothing. */
  probe: ProbeOutcome | 'never';
}

/**
 * Judges an edge as down if both signs are bad and as suspect if they disagree. A successful probe outweighs
 * a missing heartbeat, because players use HTTP, not Redis.
 */
export function judgeHealth({ heartbeat, probe }: EdgeSigns): { health: EdgeHealth; reason: string } {
  if (probe === 'alive') return { health: 'healthy', reason: `answers probes, heartbeat ${heartbeat}` };
  if (probe === 'never') {
    return heartbeat === 'stale'
      ? { health: 'down', reason: 'its heartbeats stopped' }
      : { health: 'healthy', reason: `heartbeat ${heartbeat}, no probe ever succeeded` };
  }
  const failure = probe === 'refused' ? 'it refuses connections' : 'it does not answer probes';
  if (heartbeat === 'stale') return { health: 'down', reason: `its heartbeats stopped and ${failure}` };
  if (heartbeat === 'unknown' && probe === 'refused') return { health: 'down', reason: failure };
  return { health: 'suspect', reason: `${failure}, heartbeat ${heartbeat}` };
}
