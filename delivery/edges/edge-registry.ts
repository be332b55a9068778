import type { Heartbeat } from '#core/contracts/heartbeat.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import { AssignmentCounter } from '#delivery/edges/assignment-counter.js';
import {
  type EdgeProbe,
  type EdgeSigns,
  type HeartbeatReader,
  judgeHealth,
  type ProbeOutcome,
} from '#delivery/edges/judge-health.js';

/** Heartbeats come every second. This allows one to be missed, and notices a death within three seconds. */
const staleAfterMs = 2_400;
/** An edge that was down this long has been removed. */
const forgetAfterMs = 10 * 60_000;
/** Within this time a new session appears in its edge's own count. Until then only delivery counts it. */
const settlingMs = 2_000;
/** Reads are 0.5 s apart. A longer pause means that delivery itself was delayed. */
const maxReadPauseMs = 1_000;
/** Weight of the latest probe in `badness`, an exponential average. */
const badnessWeight = 0.1;

interface KnownEdge {
  heartbeat: Heartbeat;
  /** When the heartbeat last changed, by delivery's own clock: the clocks of edges may be wrong. */
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
 * Keeps a snapshot of all known edges in memory, so that choices never wait. `readOnce` and `probeOnce`
 * update it independently. While Redis is down the last known edges stay, and probes alone decide their
 * health.
 */
export class EdgeRegistry {
  private readonly known = new Map<string, KnownEdge>();
  private readonly assignments = new AssignmentCounter();
  private edgeStates: EdgeState[] = [];
  private redisDown = true;
  private redisBackAtMs = 0;
  private readAtMs = 0;
  private hasRead = false;

  constructor(private readonly parts: EdgeRegistryParts) {}

  /** The snapshot. Updates replace the array; only `countAssignment` changes the load of edges in place. */
  get edges(): readonly EdgeState[] {
    return this.edgeStates;
  }

  /** Whether heartbeats were read at least once. Before that, an empty fleet means nothing. */
  get isInformed(): boolean {
    return this.hasRead;
  }

  get isRedisDown(): boolean {
    return this.redisDown;
  }

  /** Reads heartbeats. Never rejects; resolves to the error if Redis does not answer. */
  async readOnce(): Promise<unknown> {
    try {
      const heartbeats = await this.parts.readHeartbeats();
      const nowMs = this.parts.nowMs();
      this.excludeOwnDelay(nowMs);
      if (this.redisDown) this.redisBackAtMs = nowMs;
      this.redisDown = false;
      this.hasRead = true;
      for (const heartbeat of heartbeats) this.learn(heartbeat, nowMs);
      this.refresh();
      return undefined;
    } catch (error) {
      this.redisDown = true;
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
        // The edge may have restarted at another address meanwhile; this answer is not about it.
        if (edge.heartbeat.publicUrl !== asked) return;
        if (outcome === 'alive' || edge.probe !== 'never') {
          edge.probe = outcome;
          edge.badness += badnessWeight * ((outcome === 'alive' ? 0 : 1) - edge.badness);
        }
        this.judge(edge, this.parts.nowMs());
      }),
    );
  }

  /** Counts a session sent to `edge`, so that later choices see it before the edge's heartbeats do. */
  countAssignment(edge: EdgeState): void {
    this.assignments.add(edge.edgeId, this.parts.nowMs());
    edge.bitsPerSecond += bitsPerSessionOf(edge);
    edge.sessions += 1;
  }

  /** Excludes delays of delivery itself (a stalled process, a busy loop) from the age of heartbeats. */
  private excludeOwnDelay(nowMs: number): void {
    const delayMs = nowMs - this.readAtMs - maxReadPauseMs;
    this.readAtMs = nowMs;
    if (this.redisDown || delayMs <= 0) return;
    for (const edge of this.known.values()) edge.beatAtMs += delayMs;
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

  /** Recomputes the load from the heartbeat. A running sum would grow without end while Redis is down. */
  private countLoad({ heartbeat, state, beatAtMs }: KnownEdge, nowMs: number): void {
    const unseen = this.assignments.countSince(heartbeat.edgeId, beatAtMs - settlingMs, nowMs);
    state.sessions = heartbeat.sessions + unseen;
    state.bitsPerSecond = heartbeat.bitsPerSecond + unseen * bitsPerSessionOf(heartbeat);
  }

  private heartbeatSign(edge: KnownEdge, nowMs: number): EdgeSigns['heartbeat'] {
    if (nowMs - edge.beatAtMs <= staleAfterMs) return 'fresh';
    // Heartbeats expired while Redis was down. Once it is back, every edge gets time to send one.
    if (this.redisDown || nowMs - this.redisBackAtMs <= staleAfterMs) return 'unknown';
    return 'stale';
  }
}

/** Estimates the bit rate of a new session: the edge's average, or a typical one if it has few sessions. */
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
    healthReason: 'not judged yet',
    badness: 0,
  };
}
