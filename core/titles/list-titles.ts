import type { TitleId } from '#core/contracts/ids.js';
import type { TitleRecord } from '#core/contracts/title.js';
import type { DamagedTitle } from '#core/contracts/title-resource.js';
import type { TitleIndex } from '#core/titles/title-index.js';

/** Pages of ids read for one page of titles: limits the work that a run of hidden titles causes. */
const maxRounds = 5;

export interface TitleQuery {
  index: Pick<TitleIndex, 'page'>;
  readEntry: (titleId: TitleId) => Promise<TitleRecord | DamagedTitle | undefined>;
  /** Titles for which this is false are left out. Damaged ones are always shown: their state is unknown. */
  isShown: (record: TitleRecord) => boolean;
  /** Cursor of the page, exclusive; undefined starts at the newest title. */
  before: TitleId | undefined;
  limit: number;
}

/**
 * Reads one page of titles, newest first. A damaged record has an entry of its own. `next` is the cursor of
 * the next page, undefined after the last.
 */
export async function listTitles({
  index,
  readEntry,
  isShown,
  before,
  limit,
}: TitleQuery): Promise<{ entries: (TitleRecord | DamagedTitle)[]; next: TitleId | undefined }> {
  const entries: (TitleRecord | DamagedTitle)[] = [];
  let cursor = before;
  for (let round = 0; round < maxRounds && entries.length < limit; round += 1) {
    const wanted = limit - entries.length;
    const ids = await index.page(cursor, wanted);
    const found = await Promise.all(ids.map((titleId) => readEntry(titleId)));
    for (const entry of found)
      if (entry && (entry.state === 'damaged' || isShown(entry))) entries.push(entry);
    if (ids.length < wanted) return { entries, next: undefined };
    cursor = ids.at(-1);
  }
  return { entries, next: cursor };
}
