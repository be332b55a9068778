import type { TitleId } from '#core/contracts/ids.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { ObjectStoreError } from '#core/storage/object-store.js';
import type { TitleIndex } from '#core/titles/title-index.js';

/** Pages of ids read for one page of titles: limits the work that a run of hidden titles causes. */
const maxRounds = 5;

export interface TitleQuery {
  index: Pick<TitleIndex, 'page'>;
  readRecord: (titleId: TitleId) => Promise<TitleRecord | undefined>;
  /** Titles for which this is false are left out. */
  isShown: (record: TitleRecord) => boolean;
  /** Cursor of the page, exclusive; undefined starts at the newest title. */
  before: TitleId | undefined;
  limit: number;
}

/**
 * Reads one page of titles, newest first. `next` is the cursor of the next page, undefined after the last.
 */
export async function listTitles({
  index,
  readRecord,
  isShown,
  before,
  limit,
}: TitleQuery): Promise<{ records: TitleRecord[]; next: TitleId | undefined }> {
  const records: TitleRecord[] = [];
  let cursor = before;
  for (let round = 0; round < maxRounds && records.length < limit; round += 1) {
    const wanted = limit - records.length;
    const ids = await index.page(cursor, wanted);
    const found = await Promise.all(ids.map((titleId) => readRecord(titleId).catch(skipDamaged)));
    records.push(...found.filter((record) => record !== undefined).filter(isShown));
    if (ids.length < wanted) return { records, next: undefined };
    cursor = ids.at(-1);
  }
  return { records, next: cursor };
}

/** One damaged record must not hide all others. A store that is down is reported. */
function skipDamaged(error: unknown): undefined {
  if (error instanceof ObjectStoreError) throw error;
}
