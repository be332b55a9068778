import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Plan } from '#core/contracts/plan.js';
import type { Task } from '#core/contracts/task.js';
import { awaitRedis } from '#core/queue/await-redis.js';
import type { DemandInterest } from '#core/queue/demand-interest.js';
import {
  demandQueue,
  jobDefaults,
  priorities,
  queuePrefix,
  type SegmentAddress,
} from '#core/queue/queues.js';

/** One segment of one rendition that a player is waiting for. */
export interface DemandedSegment {
  plan: Plan;
  kind: 'video' | 'audio';
  renditionId: string;
  segmentIndex: number;
  /**
   * The title is `ready`, so that the object was stored and is lost. `rendition`: only a run of the whole
   * audio rendition makes it again.
   */
  repairs?: 'segment' | 'rendition';
}

export function addressOf({ plan, renditionId, segmentIndex }: DemandedSegment): SegmentAddress {
  return { publicationId: plan.publicationId, renditionId, segmentIndex };
}

/** One job per segment and rendition, shared by all players and all origins. */
function demandJobId({ plan, renditionId, segmentIndex, repairs }: DemandedSegment): string {
  if (repairs === 'rendition') return `repair-${plan.publicationId}-${renditionId}`;
  return `demand-${plan.publicationId}-${renditionId}-${segmentIndex}`;
}

/** Adds and removes the jobs of segments that players wait for. */
export class DemandQueue {
  private opened: Queue | undefined;

  /** `redis` is a connection of role `request`. */
  constructor(
    private readonly redis: Redis,
    private readonly interest: DemandInterest,
  ) {}

  /**
   * Adds the job, unless it waits or runs already. Finished jobs are removed, so that their ids can be used
   * again.
   */
  async add(demanded: DemandedSegment): Promise<void> {
    const { plan, renditionId, segmentIndex } = demanded;
    const { titleId, publicationId } = plan;
    const task: Task =
      demanded.repairs === 'rendition'
        ? { name: 'encode-audio', data: { titleId, publicationId, renditionId } }
        : {
            name: 'encode-segment',
            data: { titleId, publicationId, segmentIndex, renditionId, followsPlayers: true },
          };
    await this.interest.expectRun(addressOf(demanded));
    const options = {
      ...jobDefaults,
      attempts: 2,
      jobId: demandJobId(demanded),
      priority: priorities.demand,
      removeOnComplete: true,
      removeOnFail: true,
    };
    await awaitRedis(this.queue().add(task.name, task.data, options));
  }

  /**
   * Removes a job that no player waits for any more. A job that runs notices by itself. Wakes the requests
   * that meant to join its run.
   */
  async withdraw(demanded: DemandedSegment): Promise<void> {
    const removed = await awaitRedis(this.queue().remove(demandJobId(demanded)));
    if (removed > 0) await this.interest.endRun(addressOf(demanded));
  }

  /**
   * Closes the queue. Without a connection there is nothing to close, and closing would wait for one for
   * ever.
   */
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
