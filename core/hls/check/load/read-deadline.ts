/** Below this average rate after the first `patienceMs`, a response is too slow: half of what 234p needs. */
const minBytesPerSecond = 8_192;

export interface DeadlineLimits {
  /** Time for the response to start, and between two chunks of its body. */
  patienceMs: number;
  /** Time for the whole response. */
  maxMs: number;
}

/**
 * Aborts a response that takes too long. A server may respond at once and then send a byte per minute, or
 * send all but the last byte and then nothing.
 */
export class ReadDeadline {
  private readonly controller = new AbortController();
  private readonly startedAt = performance.now();
  private receivedAt = this.startedAt;
  private bytes = 0;
  private timer: NodeJS.Timeout;
  /** Why the response was aborted; undefined if it was not. */
  reason: string | undefined;

  constructor(private readonly limits: DeadlineLimits) {
    this.timer = setTimeout(() => this.check(), Math.min(limits.patienceMs, limits.maxMs));
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  received(bytes: number): void {
    this.bytes += bytes;
    this.receivedAt = performance.now();
  }

  clear(): void {
    clearTimeout(this.timer);
  }

  private check(): void {
    const now = performance.now();
    const [next] = this.deadlines().sort((a, b) => a.endsAt - b.endsAt);
    if (next && next.endsAt > now) {
      this.timer = setTimeout(() => this.check(), next.endsAt - now);
    } else {
      this.reason = next?.reason(formatSeconds(now - this.startedAt));
      this.controller.abort();
    }
  }

  private deadlines(): { endsAt: number; reason: (elapsed: string) => string }[] {
    const { startedAt, receivedAt, bytes } = this;
    const { patienceMs, maxMs } = this.limits;
    const patience = formatSeconds(patienceMs);
    if (bytes === 0) {
      return [
        { endsAt: startedAt + Math.min(patienceMs, maxMs), reason: () => `no response within ${patience}` },
      ];
    }
    return [
      {
        endsAt: receivedAt + patienceMs,
        reason: () => `it stalled: ${bytes} bytes, then nothing for ${patience}`,
      },
      {
        endsAt: startedAt + patienceMs + (bytes / minBytesPerSecond) * 1000,
        reason: (elapsed) =>
          `it is too slow: ${bytes} bytes in ${elapsed}, ` +
          `below ${minBytesPerSecond} bytes per second after the first ${patience}`,
      },
      {
        endsAt: startedAt + maxMs,
        reason: (elapsed) =>
          `it is too slow: ${bytes} bytes in ${elapsed}, over the limit of ${formatSeconds(maxMs)}`,
      },
    ];
  }
}

const formatSeconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`;
