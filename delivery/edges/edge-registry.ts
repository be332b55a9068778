import type { Heartbeat } from '#core/contracts/heartbeat.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import { AssignmentCounter } from '#delivery/edges/assignment-counter.js';
import type { EdgeProbe, ProbeOutcome } from '#delivery/edges/create-edge-prober.js';
import type { HeartbeatReader } from '#delivery/edges/create-heartbeat-reader.js';
import { type EdgeSigns, judgeHealth } from '#delivery/edges/judge-health.js';

/**
 * Edges beat every second: one beat may be missed. With the read pause this stays under three seconds after a
 * death.
 */
const staleAfterMs = 2_400;
/** An edge that nobody heard of for so long was taken away for good. */
const forgetAfterMs = 10 * 60_000;
/** A session reaches its edge's own count within this long; until then ours is the only one. */
const settlingMs = 2_000;
/** Reads come twice a second: a longer pause is our own lag. */
const maxReadPauseMs = 1_000;
/** Weight of the newest probe in `badness`. */
const badnessWeight = 0.1;

interface KnownEdge {
  heartbeat: Heartbeat;
  /** When the heartbeat last changed, by our own clock: clocks of edges may be wrong. */
  beatAtMs: number;
  probe: ProbeOutcome | 'never';
  badness: number;
  state: EdgeState;
}

export interface EdgeRegistryParts {
  readHeartbeats: HeartbeatReader;
  probe: EdgeProbe;
  nowMs: () => number;
}

/**
 * Every edge known, as an in-memory snapshot that choices read without waiting. `readOnce` and `probeOnce`
 * renew it, each on its own rhythm. Redis away: the last known edges stay, judged by probes alone.
 */
export class EdgeRegistry {
  private readonly known = new Map<string, KnownEdge>();
  private readonly assignments = new AssignmentCounter();
  private edgeStates: EdgeState[] = [];
  private redisAway = true;
  private redisBackAtMs = 0;
  private readAtMs = 0;
  private hasRead = false;

  constructor(private readonly parts: EdgeRegistryParts) {}

  /**
   * The snapshot; the array is replaced, never changed, but load counts in it move with `countAssignment`.
   */
  get edges(): readonly EdgeState[] {
    return this.edgeStates;
  }

  /** Whether Redis was read at least once: before that an empty fleet only means that nobody asked. */
  get isInformed(): boolean {
    return this.hasRead;
  }

  get isRedisAway(): boolean {
    return this.redisAway;
  }

  /** Reads heartbeats. Never rejects: resolves to the error where Redis does not answer. */
  async readOnce(): Promise<unknown> {
    try {
      const heartbeats = await this.parts.readHeartbeats();
      const nowMs = this.parts.nowMs();
      this.forgiveOwnLag(nowMs);
      if (this.redisAway) this.redisBackAtMs = nowMs;
      this.redisAway = false;
      this.hasRead = true;
      for (const heartbeat of heartbeats) this.learn(heartbeat, nowMs);
      this.refresh();
      return undefined;
    } catch (error) {
      this.redisAway = true;
      this.refresh();
      return error;
    }
  }

  /** Probes every known edge at once. Never rejects. */
  async probeOnce(): Promise<void> {
    await Promise.all(
      [...this.known.values()].map(async (edge) => {
        const asked = edge.heartbeat.publicUrl;
        const outcome = await this.parts.probe(asked);
        // A restarted edge may have come back at another address meanwhile: this answer was not about it.
        if (edge.heartbeat.publicUrl !== asked) return;
        if (outcome === 'alive' || edge.probe !== 'never') {
          edge.probe = outcome;
          edge.badness += badnessWeight * ((outcome === 'alive' ? 0 : 1) - edge.badness);
        }
        this.judge(edge, this.parts.nowMs());
      }),
    );
  }

  /**
   * A session was sent to `edge`: until its next heartbeats tell, our own count is what later choices go by.
   */
  countAssignment(edge: EdgeState): void {
    this.assignments.add(edge.edgeId, this.parts.nowMs());
    edge.bitsPerSecond += bitsPerSessionOf(edge);
    edge.sessions += 1;
  }

  /** Time in which we did not look (a stalled process, a busy loop) says nothing against any edge. */
  private forgiveOwnLag(nowMs: number): void {
    const lagMs = nowMs - this.readAtMs - maxReadPauseMs;
    this.readAtMs = nowMs;
    if (this.redisAway || lagMs <= 0) return;
    for (const edge of this.known.values()) edge.beatAtMs += lagMs;
  }

  private learn(heartbeat: Heartbeat, nowMs: number): void {
    const edge = this.known.get(heartbeat.edgeId);
    if (!edge) {
      const state = stateOf(heartbeat);
      this.known.set(heartbeat.edgeId, { heartbeat, beatAtMs: nowMs, probe: 'never', badness: 0, state });
      return;
    }
    if (heartbeat.at === edge.heartbeat.at) return;
    if (heartbeat.publicUrl !== edge.heartbeat.publicUrl) edge.probe = 'never';
    edge.heartbeat = heartbeat;
    edge.beatAtMs = nowMs;
    edge.state = stateOf(heartbeat);
  }

  private refresh(): void {
    const nowMs = this.parts.nowMs();
    for (const [edgeId, edge] of this.known) {
      this.judge(edge, nowMs);
      this.countLoad(edge, nowMs);
      const isGone = edge.state.health === 'down' && nowMs - edge.beatAtMs > forgetAfterMs;
      if (!isGone) continue;
      this.known.delete(edgeId);
      this.assignments.forget(edgeId);
    }
    this.edgeStates = [...this.known.values()].map((edge) => edge.state);
  }

  private judge(edge: KnownEdge, nowMs: number): void {
    const { health, reason } = judgeHealth({ heartbeat: this.heartbeatSign(edge, nowMs), probe: edge.probe });
    edge.state.health = health;
    edge.state.healthReason = reason;
    edge.state.badness = edge.badness;
  }

  /** Computed anew each time, never summed up: with Redis away old assignments must not pile up. */
  private countLoad({ heartbeat, state, beatAtMs }: KnownEdge, nowMs: number): void {
    const unseen = this.assignments.since(heartbeat.edgeId, beatAtMs - settlingMs, nowMs);
    state.sessions = heartbeat.sessions + unseen;
    state.bitsPerSecond = heartbeat.bitsPerSecond + unseen * bitsPerSessionOf(heartbeat);
  }

  private heartbeatSign(edge: KnownEdge, nowMs: number): EdgeSigns['heartbeat'] {
    if (nowMs - edge.beatAtMs <= staleAfterMs) return 'fresh';
    // Redis just back has lost what expired meanwhile: every edge gets the time for one beat.
    if (this.redisAway || nowMs - this.redisBackAtMs <= staleAfterMs) return 'unknown';
    return 'stale';
  }
}

/**
 * What a new session will take: what this edge's sessions take now, or a common rate where there are too few
 * to tell.
 */
function bitsPerSessionOf({
  sessions,
  bitsPerSecond,
}: Pick<Heartbeat, 'sessions' | 'bitsPerSecond'>): number {
  return sessions >= 5 ? bitsPerSecond / sessions : 2_500_000;
}

function stateOf(heartbeat: Heartbeat): EdgeState {
  const { edgeId, publicUrl, location, capacityBitsPerSecond, bitsPerSecond, sessions, ttfbMs, draining } =
    heartbeat;
  return {
    edgeId,
    publicUrl,
    location,
    capacityBitsPerSecond,
    bitsPerSecond,
    sessions,
    ttfbMs,
    draining,
    health: 'healthy',
    healthReason: 'new',
    badness: 0,
  };
}
