import type { Redis } from 'ioredis';
import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import { titlesPrefix } from '#core/contracts/publication-layout.js';
import { redisKeys } from '#core/queue/queues.js';
import { listAll, type ObjectHead, type ObjectStore } from '#core/storage/object-store.js';

/** While Redis is away a page comes from a walk over storage, made again after this long. */
const walkFreshMs = 5_000;
const maxMembersPerCommand = 1_000;

/** Title ids newest first: a sorted set in Redis that can be rebuilt from storage at any time. */
export class TitleIndex {
  private walk: { ids: TitleId[]; until: number } | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly store: ObjectStore,
    private readonly nowMs: () => number = Date.now,
  ) {}

  async add(titleId: TitleId): Promise<void> {
    await this.redis.zadd(redisKeys.catalogue, 0, titleId);
  }

  async remove(titleId: TitleId): Promise<void> {
    await this.redis.zrem(redisKeys.catalogue, titleId);
  }

  /** Ids after `before` (exclusive; undefined: from the newest), newest first, at most `limit`. */
  async page(before: TitleId | undefined, limit: number): Promise<TitleId[]> {
    const fromRedis = await this.pageOfRedis(before, limit).catch(() => undefined);
    if (fromRedis) return fromRedis;
    const ids = await this.walkStorage();
    return ids.filter((id) => before === undefined || id < before).slice(0, limit);
  }

  /**
   * Makes the set hold `listed` and not `removed`; ids in neither stay, they may be newer than the listing.
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

  private async pageOfRedis(before: TitleId | undefined, limit: number): Promise<TitleId[] | undefined> {
    const max = before === undefined ? '+' : `(${before}`;
    const ids = await this.redis.zrevrangebylex(redisKeys.catalogue, max, '-', 'LIMIT', 0, limit);
    // An empty set may be a Redis that just lost everything: storage knows.
    if (ids.length === 0 && (await this.size()) === 0) return undefined;
    return ids.flatMap((id) => titleIdSchema.safeParse(id).data ?? []);
  }

  private async walkStorage(): Promise<TitleId[]> {
    if (this.walk && this.nowMs() < this.walk.until) return this.walk.ids;
    const ids: TitleId[] = [];
    for await (const head of listAll(this.store, titlesPrefix)) ids.push(...titleIdOfRecord(head));
    // A UUIDv7 sorts by its creation time.
    ids.reverse();
    this.walk = { ids, until: this.nowMs() + walkFreshMs };
    return ids;
  }
}

/** The title whose record this object is; empty for anything else that lies there. */
export function titleIdOfRecord(head: Pick<ObjectHead, 'key'>): TitleId[] {
  const { data } = titleIdSchema.safeParse(head.key.slice(titlesPrefix.length).replace(/\.json$/, ''));
  return data === undefined ? [] : [data];
}
