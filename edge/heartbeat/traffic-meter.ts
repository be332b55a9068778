import type { Heartbeat } from '#core/contracts/heartbeat.js';

const windowSeconds = 5;
const sessionSeconds = 30;
const maxSessions = 200_000;
/** Weight of the newest request in the moving averages. */
const weight = 0.05;

/** What an edge is doing right now: the figures of its heartbeat. Bounded in memory, whatever players send. */
export class TrafficMeter {
  private readonly bytesBySecond = new Map<number, number>();
  /** Session ids by the second they were last seen in; insertion order is age. */
  private readonly sessions = new Map<string, number>();
  private hitRatio = 0;
  private ttfbMs = 0;
  private requests = 0;

  constructor(private readonly now: () => number = Date.now) {}

  record(sessionId: string, isHit: boolean, ttfbMs: number): void {
    const second = Math.floor(this.now() / 1000);
    this.sessions.delete(sessionId);
    this.sessions.set(sessionId, second);
    const oldest = this.sessions.keys().next();
    if (this.sessions.size > maxSessions && !oldest.done) this.sessions.delete(oldest.value);
    this.requests += 1;
    // The first requests weigh more, so that a young edge's average means something.
    const share = Math.max(weight, 1 / this.requests);
    this.hitRatio += ((isHit ? 1 : 0) - this.hitRatio) * share;
    this.ttfbMs += (ttfbMs - this.ttfbMs) * share;
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
    for (const [sessionId, at] of this.sessions) {
      if (at >= second - sessionSeconds) break;
      this.sessions.delete(sessionId);
    }
    return {
      bitsPerSecond: (bytes * 8) / windowSeconds,
      sessions: this.sessions.size,
      hitRatio: this.hitRatio,
      ttfbMs: this.ttfbMs,
    };
  }
}
