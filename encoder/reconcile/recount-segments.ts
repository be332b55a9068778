import type { Redis } from 'ioredis';
import type { PublicationId } from '#core/contracts/ids.js';
import { parseSegmentPath, publicationPrefix } from '#core/contracts/publication-layout.js';
import { redisKeys } from '#core/queue/queues.js';
import { listAll, type ObjectStore } from '#core/storage/object-store.js';

const maxMembersPerCommand = 1_000;
const keptSeconds = 7 * 24 * 3600;

/** Tells Redis again which segments of a publication are stored, so that progress does not begin anew after a loss. */
export async function recountSegments(
  store: ObjectStore,
  redis: Redis,
  publicationId: PublicationId,
): Promise<void> {
  const prefix = publicationPrefix(publicationId);
  const stored: string[] = [];
  for await (const { key } of listAll(store, prefix)) {
    const path = key.slice(prefix.length);
    if (parseSegmentPath(path)) stored.push(path);
  }
  const setKey = redisKeys.storedSegments(publicationId);
  for (let start = 0; start < stored.length; start += maxMembersPerCommand)
    await redis.sadd(setKey, ...stored.slice(start, start + maxMembersPerCommand));
  if (stored.length > 0) await redis.expire(setKey, keptSeconds);
}
