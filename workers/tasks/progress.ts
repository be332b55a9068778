import type { Redis } from 'ioredis';
import type { Plan } from '#core/contracts/plan.js';
import type { ProgressEvent } from '#core/contracts/progress.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { redisKeys } from '#core/queue/queues.js';
import type { Logger } from '#core/runtime/log.js';

/** Sets of stored segments outlive their title's encode by this long. */
const keptSeconds = 7 * 24 * 3600;

export function segmentsTotal(plan: Pick<Plan, 'rungs' | 'audio' | 'grid'>): number {
  return (plan.rungs.length + plan.audio.length) * plan.grid.segmentCount;
}

/** Tells the world how far titles are. Redis may be away: progress is lost then, never work. */
export class Progress {
  constructor(
    private readonly redis: Redis,
    private readonly log: Logger,
  ) {}

  /** A segment is in storage. `path` is inside the publication: `v/h264-720/00041.m4s`. */
  async segmentStored(plan: Plan, path: string): Promise<void> {
    await this.attempt(async () => {
      const key = redisKeys.storedSegments(plan.publicationId);
      const results = await this.redis
        .multi()
        .sadd(key, path)
        .scard(key)
        .expire(key, keptSeconds)
        .publish(redisKeys.storedChannel(plan.publicationId), path)
        .exec();
      const stored = Number(results?.[1]?.[1] ?? 0);
      await this.publish({
        titleId: plan.titleId,
        state: 'playable',
        segmentsStored: Math.min(stored, segmentsTotal(plan)),
        segmentsTotal: segmentsTotal(plan),
        at: new Date().toISOString(),
      });
    });
  }

  /** The title entered another state. */
  async titleChanged(record: TitleRecord, plan?: Plan): Promise<void> {
    const total = plan ? segmentsTotal(plan) : 0;
    await this.attempt(() =>
      this.publish({
        titleId: record.titleId,
        state: record.state,
        segmentsStored: record.state === 'ready' ? total : 0,
        segmentsTotal: total,
        ...(record.failure ? { failure: record.failure } : {}),
        at: new Date().toISOString(),
      }),
    );
  }

  private async publish(event: ProgressEvent): Promise<void> {
    await this.redis.publish(redisKeys.progressChannel(event.titleId), JSON.stringify(event));
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.log.warn({ err: error }, 'progress was not told: Redis is away');
    }
  }
}
