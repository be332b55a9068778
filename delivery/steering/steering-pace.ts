/** A dead edge is left by the player itself; steering is for the rest, so ten seconds are soon enough. */
const minTtlSeconds = 10;
const maxTtlSeconds = 300;
const jitterShare = 0.2;

/**
 * How long players wait before they ask again: longer when many do, because hls.js never comes back from a
 * 429. Spread by a fifth either way, so that players of one premiere do not ask in step.
 */
export class SteeringPace {
  private second = 0;
  private count = 0;
  /** Requests a second, smoothed over some ten seconds. */
  private rate = 0;

  constructor(
    private readonly nowMs: () => number,
    private readonly random: () => number,
    /** Requests a second that this process should spend on steering at most. */
    private readonly budgetPerSecond = 1_000,
  ) {}

  /** Counts one request and gives its TTL, whole seconds. */
  nextTtlSeconds(): number {
    this.countRequest();
    const stretched = minTtlSeconds * Math.max(1, this.rate / this.budgetPerSecond);
    const jitter = 1 + jitterShare * (2 * this.random() - 1);
    return Math.round(Math.min(maxTtlSeconds, stretched) * jitter);
  }

  private countRequest(): void {
    const second = Math.floor(this.nowMs() / 1_000);
    const passed = second - this.second;
    if (passed > 0) {
      // The second that ended, then any silent ones after it.
      this.rate = (this.rate * 0.9 + this.count * 0.1) * 0.9 ** Math.min(100, passed - 1);
      this.second = second;
      this.count = 0;
    }
    this.count += 1;
  }
}
