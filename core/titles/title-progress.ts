import type { Redis } from 'ioredis';
import { publicationIdOf } from '#core/contracts/ids.js';
import type { ProgressEvent } from '#core/contracts/progress.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { redisKeys } from '#core/queue/queues.js';

/** Segments a publication will have over all renditions; 0 before the plan stands. */
export function segmentsTotalOf(record: TitleRecord): number {
  return record.publication ? record.publication.renditionIds.length * record.publication.segmentCount : 0;
}

/** Segments stored so far, as Redis counts them; a `ready` title has all. 0 while Redis is away: progress is a hint. */
export async function countStoredSegments(redis: Pick<Redis, 'scard'>, record: TitleRecord): Promise<number> {
  const total = segmentsTotalOf(record);
  if (record.state === 'ready' || total === 0) return total;
  try {
    const stored = await redis.scard(
      redisKeys.storedSegments(publicationIdOf(record.titleId, record.generation)),
    );
    return Math.min(stored, total);
  } catch {
    return 0;
  }
}

export async function progressOf(redis: Pick<Redis, 'scard'>, record: TitleRecord): Promise<ProgressEvent> {
  return {
    titleId: record.titleId,
    state: record.state,
    segmentsStored: await countStoredSegments(redis, record),
    segmentsTotal: segmentsTotalOf(record),
    ...(record.failure ? { failure: record.failure } : {}),
    at: new Date().toISOString(),
  };
}

/** Tells listeners that a title moved on. Redis away: they find out by looking at the record. */
export async function reportProgress(redis: Redis, record: TitleRecord): Promise<void> {
  try {
    const event = await progressOf(redis, record);
    await redis.publish(redisKeys.progressChannel(record.titleId), JSON.stringify(event));
  } catch {
    // The record is the truth; whoever listens looks at it now and then.
  }
}
