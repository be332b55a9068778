import type { Plan } from '#core/contracts/plan.js';
import { parseSegmentPath } from '#core/contracts/publication-layout.js';
import { type DemandedRun, type DemandInterest, firstOf } from '#core/queue/demand-interest.js';
import type { RunPriority } from '#workers/ffmpeg/run-priority.js';
import type { EncodingContext } from '#workers/segments/encode-segments.js';

const pollMs = 150;

/**
 * Follows the players of one run: announces how far the run is, so that requests for the next segments join
 * it, and ends it once nobody waits for its segments or follows them.
 */
export class FollowedRun {
  private readonly unwanted = new AbortController();
  private isWaitedFor = true;
  private checking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly interest: Pick<DemandInterest, 'announceRun' | 'endRun'>,
    private readonly run: DemandedRun,
  ) {}

  /** Aborts once nobody wants what the run makes next. */
  get ended(): AbortSignal {
    return this.unwanted.signal;
  }

  /**
   * A run comes first until its first segment is stored. One that is ahead of its players makes way for those
   * that players wait for.
   */
  get priority(): RunPriority {
    if (!this.isWaitedFor) return 'normal';
    return this.run.nextSegment === this.run.firstSegment ? 'start' : 'demand';
  }

  /** Resolves once the run is announced, or `ended` if its players have left already. */
  async start(): Promise<void> {
    await this.check();
    this.timer = setInterval(() => void this.check(), pollMs);
  }

  /** Records a stored segment by its path inside the publication. Ignores those of other renditions. */
  segmentStored(path: string): void {
    const segment = parseSegmentPath(path);
    if (segment?.renditionId !== this.run.renditionId) return;
    this.run.nextSegment = segment.segmentIndex + 1;
    void this.check();
  }

  /** Ends the run early: another task stores what comes next. */
  end(): void {
    this.unwanted.abort();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.checking;
    await this.interest.endRun(firstOf(this.run)).catch(() => undefined);
  }

  private check(): Promise<void> {
    this.checking ??= this.announce().finally(() => {
      this.checking = undefined;
    });
    return this.checking;
  }

  private async announce(): Promise<void> {
    if (this.run.nextSegment >= this.run.endSegment) return;
    // Without Redis the run goes on: whoever waits still gets its segments.
    const audience = await this.interest.announceRun(this.run).catch(() => undefined);
    if (!audience) return;
    this.isWaitedFor = audience.isWaitedFor;
    if (audience.isTakenOver || !(audience.isWaitedFor || audience.isFollowed)) this.end();
  }
}

/** A context that also reports stored segments to the runs that make them. */
export function watchStored(
  context: EncodingContext,
  runs: readonly FollowedRun[],
  onStored?: (segmentIndex: number) => Promise<void>,
): EncodingContext {
  const segmentStored = async (plan: Plan, path: string): Promise<void> => {
    await context.progress.segmentStored(plan, path);
    for (const run of runs) run.segmentStored(path);
    const segment = parseSegmentPath(path);
    if (segment) await onStored?.(segment.segmentIndex);
  };
  return { ...context, progress: { segmentStored } };
}
