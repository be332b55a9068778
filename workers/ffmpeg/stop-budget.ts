import type { RunPriority } from '#workers/ffmpeg/run-priority.js';

export interface StopTimes {
  /** Longest stop. */
  maxStoppedMs: number;
  /** Share of the time that a run always gets. */
  minShare: number;
}

/**
 * Players give up on a segment after 10 s, so a demand that somebody still waits for is never disturbed. But
 * a title's encode goes on, however many viewers seek.
 */
const defaultStopTimes: StopTimes = { maxStoppedMs: 9_000, minShare: 0.1 };
/** A player that plays has one segment of about 6 s when it waits for the next one. */
const playingStopTimes: StopTimes = { maxStoppedMs: 3_000, minShare: 0.3 };

/** How long a run of a priority may be stopped for more urgent ones. */
export function stopTimesOf(priority: RunPriority): StopTimes {
  return priority === 'demand' ? playingStopTimes : defaultStopTimes;
}

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
    private readonly timesOf: () => StopTimes,
  ) {}

  /** Settles the time since the last call, then decides. Returns whether the run is to be stopped. */
  update(nowMs: number, isOutranked: boolean): boolean {
    this.settle(nowMs);
    if (this.debtMs >= this.timesOf().maxStoppedMs) this.isRepaying = true;
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
      const { minShare } = this.timesOf();
      this.debtMs = Math.max(0, this.debtMs - (passedMs * (1 - minShare)) / minShare);
    }
  }
}
