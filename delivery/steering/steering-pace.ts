/** Players leave a dead edge by themselves. Steering does the rest, for which ten seconds are soon enough. */
const minTtlSeconds = 10;
const maxTtlSeconds = 300;
const jitterShare = 0.2;

/**
 * Decides how long players wait before they ask again. Under load they wait longer, because hls.js stops
 * asking after a 429. Random jitter of 20 % keeps players that started together from asking together.
 */
export class SteeringPace {
  private second = 0;
  private count = 0;
  /** Requests per second, smoothed over about ten seconds. */
  private rate = 0;

  constructor(
    private readonly nowMs: () => number,
    private readonly random: () => number,
    /** Steering requests per second that this process should answer. */
    private readonly maxPerSecond = 1_000,
  ) {}

  /** Counts one request and returns its TTL in whole seconds. */
  nextTtlSeconds(): number {
    this.countRequest();
    const stretched = minTtlSeconds * Math.max(1, this.rate / this.maxPerSecond);
    const jitter = 1 + jitterShare * (2 * this.random() - 1);
    return Math.round(Math.min(maxTtlSeconds, stretched) * jitter);
  }

  private countRequest(): void {
    const second = Math.floor(this.nowMs() / 1_000);
    const passed = second - this.second;
    if (passed > 0) {
      // Adds the second that has ended, then any seconds without requests after it.
      this.rate = (this.rate * 0.9 + this.count * 0.1) * 0.9 ** Math.min(100, passed - 1);
      this.second = second;
      this.count = 0;
    }
    this.count += 1;
  }
}
