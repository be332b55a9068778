export interface StopTimes {
  /**
   * Longest stop. Players give up on a segment after 10 s, so a demand that somebody still waits for is never
   * disturbed.
   */
  maxStoppedMs: number;
  /** Share of the time that a run always gets: a title's encode goes on, however many viewers seek. */
  minShare: number;
}

export const defaultStopTimes: StopTimes = { maxStoppedMs: 9_000, minShare: 0.1 };

/**
 * Decides when an outranked run stops. Every stop is a debt, repaid by running at the rate of `minShare`. A
 * debt of `maxStoppedMs` is repaid at once. Running for longer earns no credit.
 */
export class StopBudget {
  private debtMs = 0;
  private stoppedMs = 0;
  private isStopped = false;
  private isRepaying = false;

  constructor(
    private nowMs: number,
    private readonly times: StopTimes = defaultStopTimes,
  ) {}

  /** Settles the time since the last call, then decides. Returns whether the run is to be stopped. */
  update(nowMs: number, isOutranked: boolean): boolean {
    this.settle(nowMs);
    if (this.debtMs >= this.times.maxStoppedMs) this.isRepaying = true;
    if (this.debtMs === 0) this.isRepaying = false;
    this.isStopped = isOutranked && !this.isRepaying;
    return this.isStopped;
  }

  /** Time that the run was stopped in all, milliseconds. */
  totalStoppedMs(nowMs: number): number {
    return this.stoppedMs + (this.isStopped ? nowMs - this.nowMs : 0);
  }

  private settle(nowMs: number): void {
    const passedMs = nowMs - this.nowMs;
    this.nowMs = nowMs;
    if (this.isStopped) {
      this.stoppedMs += passedMs;
      this.debtMs += passedMs;
    } else {
      const { minShare } = this.times;
      this.debtMs = Math.max(0, this.debtMs - (passedMs * (1 - minShare)) / minShare);
    }
  }
}
