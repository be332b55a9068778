import type { Redis } from 'ioredis';
import { type Heartbeat, heartbeatSchema } from '#core/contracts/heartbeat.js';
import { redisKeys } from '#core/queue/queues.js';
import { BoundedMap } from '#core/runtime/bounded-map.js';
import type { Logger } from '#core/runtime/log.js';

const intervalMs = 1_000;
const expirySeconds = 3;

/**
 * Writes this edge's heartbeat to Redis every second. Logs once when Redis goes down; players notice nothing.
 */
export function sendHeartbeats(redis: Redis, log: Logger, describe: () => Heartbeat): { stop(): void } {
  let isRedisDown = false;
  const beat = async (): Promise<void> => {
    const heartbeat = heartbeatSchema.parse(describe());
    try {
      await redis
        .multi()
        .set(redisKeys.edge(heartbeat.edgeId), JSON.stringify(heartbeat), 'EX', expirySeconds)
        .sadd(redisKeys.edges, heartbeat.edgeId)
        .exec();
      if (isRedisDown) log.info('Redis is back: heartbeats are sent again');
      isRedisDown = false;
    } catch (error) {
      if (!isRedisDown) log.warn({ err: error }, 'Redis is down: no heartbeats until it returns');
      isRedisDown = true;
    }
  };
  void beat();
  const timer = setInterval(() => void beat(), intervalMs);
  return { stop: () => clearInterval(timer) };
}

const windowSeconds = 5;
const sessionSeconds = 30;
const maxSessions = 200_000;
/** Weight of the newest request in the exponential averages. */
const weight = 0.05;

/** Measures an edge's traffic for its heartbeat. Bounded in memory, whatever players send. */
export class TrafficMeter {
  private readonly bytesBySecond = new Map<number, number>();
  /** The second that each session was last seen in, by session id. */
  private readonly sessions = new BoundedMap<string, number>(maxSessions);
  private hitRatio = 0;
  private ttfbMs = 0;
  private requests = 0;
  private hits = 0;

  constructor(private readonly now: () => number = Date.now) {}

  record(sessionId: string, isHit: boolean, ttfbMs: number): void {
    const second = Math.floor(this.now() / 1000);
    this.sessions.set(sessionId, second);
    this.requests += 1;
    // The first requests weigh more; otherwise the averages of a new edge would start near 0.
    const share = Math.max(weight, 1 / this.requests);
    this.hitRatio += ((isHit ? 1 : 0) - this.hitRatio) * share;
    // A miss may wait for an encode, which says nothing about this edge.
    if (!isHit) return;
    this.hits += 1;
    this.ttfbMs += (ttfbMs - this.ttfbMs) * Math.max(weight, 1 / this.hits);
  }

  sent(bytes: number): void {
    const second = Math.floor(this.now() / 1000);
    this.bytesBySecond.set(second, (this.bytesBySecond.get(second) ?? 0) + bytes);
  }

  figures(): Pick<Heartbeat, 'bitsPerSecond' | 'sessions' | 'hitRatio' | 'ttfbMs'> {
    const second = Math.floor(this.now() / 1000);
    let bytes = 0;
    for (const [at, count] of this.bytesBySecond) {
      if (at < second - windowSeconds) this.bytesBySecond.delete(at);
      else if (at < second) bytes += count;
    }
    this.sessions.deleteWhile((lastSeen) => lastSeen < second - sessionSeconds);
    return {
      bitsPerSecond: (bytes * 8) / windowSeconds,
      sessions: this.sessions.size,
      hitRatio: this.hitRatio,
      ttfbMs: this.ttfbMs,
    };
  }
}
