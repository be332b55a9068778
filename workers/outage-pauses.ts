import type { Job } from 'bullmq';
import { BoundedMap } from '#core/runtime/bounded-map.js';

export interface PauseLimits {
  firstMs: number;
  /** Bounds how long work still waits after a back end has returned. */
  maxMs: number;
  /** A player waits for a demand, and repeats its request every few seconds. */
  maxDemandMs: number;
}

export const defaultOutagePauses: PauseLimits = { firstMs: 1_000, maxMs: 15_000, maxDemandMs: 3_000 };

const maxRememberedJobs = 10_000;

/**
 * Pauses of tasks that wait for a back end: each twice as long as the one before, up to a limit, with jitter.
 * Counts in this process alone: a task that moves to another worker starts with short pauses there.
 */
export class OutagePauses {
  private readonly counts = new BoundedMap<string, number>(maxRememberedJobs);

  constructor(
    private readonly limits: PauseLimits,
    private readonly random: () => number = Math.random,
  ) {}

  /** Pause before the next try, ms. */
  nextMs({ id = '', name }: Pick<Job, 'id' | 'name'>): number {
    const { firstMs, maxMs, maxDemandMs } = this.limits;
    const count = this.counts.get(id) ?? 0;
    this.counts.set(id, count + 1);
    const limitMs = name === 'encode-segment' || name === 'head-start' ? maxDemandMs : maxMs;
    // Jitter spreads the tasks that the same outage has met.
    return Math.min(firstMs * 2 ** count, limitMs) * (0.75 + 0.25 * this.random());
  }

  /** Ends the count of a task that has met no outage. */
  forget({ id = '' }: Pick<Job, 'id'>): void {
    this.counts.delete(id);
  }
}
