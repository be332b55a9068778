import type { Redis } from 'ioredis';
import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import { titlesPrefix } from '#core/contracts/publication-layout.js';
import type { TitleRecord, TitleState } from '#core/contracts/title.js';
import { awaitRedis } from '#core/queue/await-redis.js';
import { redisKeys } from '#core/queue/queues.js';
import { listAll, type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';
import { ExpiringCache } from '#delivery/titles/expiring-cache.js';

/** Title ids after `before` (exclusive; undefined: from the newest), newest first, at most `limit`. */
export type TitleIdLister = (before: TitleId | undefined, limit: number) => Promise<TitleId[]>;

/** Pages from Redis's index; from a walk over storage, at most every few seconds, while Redis is away. */
export function createTitleIdLister(
  redis: Pick<Redis, 'zrevrangebylex'>,
  store: ObjectStore,
  nowMs: () => number,
): TitleIdLister {
  const walked = new ExpiringCache<'all', TitleId[]>(
    () => walkTitles(store),
    { entries: 1, freshMs: 5_000, staleOnErrorMs: 60_000 },
    nowMs,
  );
  return async (before, limit) => {
    try {
      const max = before === undefined ? '+' : `(${before}`;
      const page = redis.zrevrangebylex(redisKeys.catalogue, max, '-', 'LIMIT', 0, limit);
      const ids = await awaitRedis(page);
      return ids.flatMap((id) => titleIdSchema.safeParse(id).data ?? []);
    } catch {
      const ids = await walked.get('all');
      return ids.filter((id) => before === undefined || id < before).slice(0, limit);
    }
  };
}

async function walkTitles(store: ObjectStore): Promise<TitleId[]> {
  const ids: TitleId[] = [];
  for await (const { key } of listAll(store, titlesPrefix)) {
    const parsed = titleIdSchema.safeParse(key.slice(titlesPrefix.length).replace(/\.json$/, ''));
    if (parsed.success) ids.push(parsed.data);
  }
  // UUIDv7 sorts by creation time.
  return ids.reverse();
}

/** A title still uploading is its uploader's alone, a deleted one nobody's. */
const shownStates: ReadonlySet<TitleState> = new Set(['queued', 'analysing', 'playable', 'ready', 'failed']);
/** Pages of ids read for one page of titles: bounds the work that a run of hidden titles can cause. */
const maxRounds = 5;

/** One damaged record must not hide all others; a store that is away is another matter. */
function skipUnreadable(error: unknown): undefined {
  if (error instanceof ObjectStoreError) throw error;
}

/** One page of titles that people may see. `next` is the cursor for the page after it. */
export async function listShownTitles(
  listIds: TitleIdLister,
  readRecord: (titleId: TitleId) => Promise<TitleRecord | undefined>,
  before: TitleId | undefined,
  limit: number,
): Promise<{ records: TitleRecord[]; next: TitleId | undefined }> {
  const records: TitleRecord[] = [];
  let cursor = before;
  for (let round = 0; round < maxRounds && records.length < limit; round += 1) {
    const wanted = limit - records.length;
    const ids = await listIds(cursor, wanted);
    const found = await Promise.all(ids.map((titleId) => readRecord(titleId).catch(skipUnreadable)));
    records.push(...found.filter((record) => record !== undefined).filter((r) => shownStates.has(r.state)));
    if (ids.length < wanted) return { records, next: undefined };
    cursor = ids.at(-1);
  }
  return { records, next: cursor };
}
