import type { EdgeHealth } from '#delivery/choose/edge-state.js';
import type { ProbeOutcome } from '#delivery/edges/create-edge-prober.js';

/** The two independent signs of an edge's life. */
export interface EdgeSigns {
  /** `unknown`: Redis is away, or only just back, so silence proves nothing. */
  heartbeat: 'fresh' | 'stale' | 'unknown';
  /**
   * `never`: no probe of ours ever reached it, so its public address may be closed to us and failing proves
   * nothing.
   */
  probe: ProbeOutcome | 'never';
}

/**
 * Two signs against an edge bring it down, one against the other makes it suspect. A probe that succeeds
 * outweighs a missing heartbeat: players come over HTTP, not over Redis.
 */
export function judgeHealth({ heartbeat, probe }: EdgeSigns): { health: EdgeHealth; reason: string } {
  if (probe === 'alive') return { health: 'healthy', reason: `answers probes, heartbeat ${heartbeat}` };
  if (probe === 'never') {
    return heartbeat === 'stale'
      ? { health: 'down', reason: 'its heartbeat stopped' }
      : { health: 'healthy', reason: `heartbeat ${heartbeat}, not reachable for probes` };
  }
  const wrong = probe === 'refused' ? 'it refuses connections' : 'it does not answer probes';
  if (heartbeat === 'stale') return { health: 'down', reason: `its heartbeat stopped and ${wrong}` };
  if (heartbeat === 'unknown' && probe === 'refused') return { health: 'down', reason: wrong };
  return { health: 'suspect', reason: `${wrong}, heartbeat ${heartbeat}` };
}
