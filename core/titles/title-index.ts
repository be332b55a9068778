import type { Redis } from 'ioredis';
import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import { titlesPrefix } from '#core/contracts/publication-layout.js';
import { awaitRedis } from '#core/queue/await-redis.js';
import { redisKeys } from '#core/queue/queues.js';
import { ExpiringCache } from '#core/runtime/expiring-cache.js';
import { listAll, type ObjectHead, type ObjectStore } from '#core/storage/object-store.js';

/** A listing of storage is listed again after `freshMs`; storage may be down for `staleOnErrorMs`. */
const listingLimits = { entries: 1, freshMs: 5_000, staleOnErrorMs: 60_000 };
const maxMembersPerCommand = 1_000;

/** Title ids, newest first: a sorted set in Redis that is rebuilt from storage. */
export class TitleIndex {
  private readonly listing: ExpiringCache<'all', TitleId[]>;

  constructor(
    private readonly redis: Redis,
    store: Pick<ObjectStore, 'list'>,
    nowMs: () => number = Date.now,
  ) {
    this.listing = new ExpiringCache(() => listTitleIds(store), listingLimits, nowMs);
  }

  async add(titleId: TitleId): Promise<void> {
    await this.redis.zadd(redisKeys.catalogue, 0, titleId);
  }

  async remove(titleId: TitleId): Promise<void> {
    await this.redis.zrem(redisKeys.catalogue, titleId);
  }

  /**
   * Ids after `before` (exclusive; undefined: from the newest), newest first, at most `limit`. Comes from
   * storage while Redis is down or has lost the set.
   */
  async page(before: TitleId | undefined, limit: number): Promise<TitleId[]> {
    const indexed = await this.indexedPage(before, limit).catch(() => undefined);
    if (indexed) return indexed;
    const ids = await this.listing.get('all');
    return ids.filter((id) => before === undefined || id < before).slice(0, limit);
  }

  /**
   * Adds `listed` to the set and removes `removed`. Keeps all other ids: they may be newer than the listing.
   */
  async repair(listed: readonly TitleId[], removed: readonly TitleId[]): Promise<void> {
    for (let start = 0; start < listed.length; start += maxMembersPerCommand) {
      const members = listed.slice(start, start + maxMembersPerCommand).flatMap((id) => ['0', id]);
      await this.redis.zadd(redisKeys.catalogue, ...members);
    }
    for (let start = 0; start < removed.length; start += maxMembersPerCommand)
      await this.redis.zrem(redisKeys.catalogue, ...removed.slice(start, start + maxMembersPerCommand));
  }

  async size(): Promise<number> {
    return this.redis.zcard(redisKeys.catalogue);
  }

  private async indexedPage(before: TitleId | undefined, limit: number): Promise<TitleId[] | undefined> {
    const max = before === undefined ? '+' : `(${before}`;
    const ids = await awaitRedis(this.redis.zrevrangebylex(redisKeys.catalogue, max, '-', 'LIMIT', 0, limit));
    // An empty set may belong to a Redis that has just lost everything.
    if (ids.length === 0 && (await awaitRedis(this.size())) === 0) return undefined;
    return ids.flatMap((id) => titleIdSchema.safeParse(id).data ?? []);
  }
}

/** Lists the titles in storage, newest first. */
async function listTitleIds(store: Pick<ObjectStore, 'list'>): Promise<TitleId[]> {
  const ids: TitleId[] = [];
  for await (const head of listAll(store, titlesPrefix)) {
    const titleId = titleIdOfRecord(head);
    if (titleId !== undefined) ids.push(titleId);
  }
  // UUIDv7 ids sort by creation time.
  return ids.reverse();
}

/** Id of the title whose record an object is; undefined for any other object. */
export function titleIdOfRecord({ key }: Pick<ObjectHead, 'key'>): TitleId | undefined {
  return titleIdSchema.safeParse(key.slice(titlesPrefix.length).replace(/\.json$/, '')).data;
}
