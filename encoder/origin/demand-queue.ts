import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Plan, VideoRung } from '#core/contracts/plan.js';
import type { EncodeSpanTask } from '#core/contracts/task.js';
import { demandQueue, jobDefaults, priorities, queuePrefix } from '#core/queue/queues.js';

/** One segment of one rung that a player waits for. */
export interface DemandedSegment {
  plan: Plan;
  rung: VideoRung;
  segmentIndex: number;
}

/** One job for one segment and rung, whoever asks for it at whichever origin. */
export function demandJobId({ plan, rung, segmentIndex }: DemandedSegment): string {
  return `demand-${plan.publicationId}-${rung.renditionId}-${segmentIndex}`;
}

export class DemandQueue {
  private opened: Queue | undefined;

  /** `redis` is of role `request`. */
  constructor(private readonly redis: Redis) {}

  /** No effect where the job waits or runs. A finished one leaves nothing behind, so its id can be used again. */
  async add(demanded: DemandedSegment): Promise<void> {
    const { plan, rung, segmentIndex } = demanded;
    const within = plan.spans.find(
      (span) => segmentIndex >= span.firstSegment && segmentIndex < span.firstSegment + span.segmentCount,
    );
    const task: EncodeSpanTask = {
      titleId: plan.titleId,
      publicationId: plan.publicationId,
      span: { spanIndex: within?.spanIndex ?? 0, firstSegment: segmentIndex, segmentCount: 1 },
      renditionIds: [rung.renditionId],
      demand: true,
    };
    await this.queue().add('encode-span', task, {
      ...jobDefaults,
      attempts: 2,
      jobId: demandJobId(demanded),
      priority: priorities.demand,
      removeOnComplete: true,
      removeOnFail: true,
    });
  }

  /** Takes a job back that nobody waits for any more; one that runs already may as well end. */
  async withdraw(demanded: DemandedSegment): Promise<void> {
    await this.queue().remove(demandJobId(demanded));
  }

  /** Closing waits for the connection, for ever where it never stood: then there is nothing to close. */
  async close(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    await this.opened?.close();
  }

  private queue(): Queue {
    if (this.opened) return this.opened;
    this.opened = new Queue(demandQueue, { connection: this.redis, prefix: queuePrefix });
    this.opened.on('error', () => undefined);
    return this.opened;
  }
}
