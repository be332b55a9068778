import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Plan, VideoRung } from '#core/contracts/plan.js';
import type { EncodeSpanTask } from '#core/contracts/task.js';
import { encodeQueueOf, jobDefaults, priorities, type QueueName, queuePrefix } from '#core/queue/queues.js';

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
  private readonly queues = new Map<QueueName, Queue>();

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
    await this.queue(rung).add('encode-span', task, {
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
    await this.queue(demanded.rung).remove(demandJobId(demanded));
  }

  /** Closing waits for the connection, for ever where it never stood: then there is nothing to close. */
  async close(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  private queue(rung: VideoRung): Queue {
    const name = encodeQueueOf(rung.codec);
    const existing = this.queues.get(name);
    if (existing) return existing;
    const queue = new Queue(name, { connection: this.redis, prefix: queuePrefix });
    queue.on('error', () => undefined);
    this.queues.set(name, queue);
    return queue;
  }
}
