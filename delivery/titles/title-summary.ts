import type { Redis } from 'ioredis';
import type { TitleRecord } from '#core/contracts/title.js';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { awaitRedis } from '#core/queue/await-redis.js';
import { redisKeys } from '#core/queue/queues.js';

export type StoredSegmentCounter = (publicationId: string) => Promise<number>;

/** Counts stored segments in Redis; 0 while it is away: progress is a nicety, the title's state is the truth. */
export function createSegmentCounter(redis: Pick<Redis, 'scard'>): StoredSegmentCounter {
  return async (publicationId) => {
    try {
      const counted = redis.scard(redisKeys.storedSegments(publicationId));
      return await awaitRedis(counted);
    } catch {
      return 0;
    }
  };
}

/** What anybody may know of a title. `publicUrl` is delivery's own base address. */
export async function summariseTitle(
  record: TitleRecord,
  publicUrl: string,
  countStored: StoredSegmentCounter,
): Promise<TitleSummary> {
  const { titleId, name, state, createdAt, failure, publication } = record;
  const summary: TitleSummary = {
    titleId,
    name,
    state,
    createdAt,
    progress: await progressOf(record, countStored),
    // The engineers' detail may name paths and tools: it stays inside.
    ...(failure ? { failure: { code: failure.code, message: failure.message } } : {}),
  };
  if (!publication || state === 'failed' || state === 'deleted') return summary;
  const { durationSeconds, width, height } = publication;
  return { ...summary, durationSeconds, width, height, playlistUrl: `${publicUrl}/play/${titleId}.m3u8` };
}

async function progressOf(
  { state, publication }: TitleRecord,
  countStored: StoredSegmentCounter,
): Promise<TitleSummary['progress']> {
  if (!publication) return { segmentsStored: 0, segmentsTotal: 0 };
  const segmentsTotal = publication.renditionIds.length * publication.segmentCount;
  if (state === 'ready') return { segmentsStored: segmentsTotal, segmentsTotal };
  const stored = await countStored(publication.publicationId);
  return { segmentsStored: Math.min(stored, segmentsTotal), segmentsTotal };
}
