import { expect, test } from 'vitest';
import type { TitleId } from '#core/contracts/ids.js';
import type { TitleRecord } from '#core/contracts/title.js';
import type { DamagedTitle } from '#core/contracts/title-resource.js';
import { ObjectStoreError } from '#core/storage/object-store.js';
import { listTitles, type TitleQuery } from '#core/titles/list-titles.js';
import { samplePublication } from '#fixtures/sample-publication.js';

/** A listing of `records`, oldest first, that shows titles which are not deleted. */
function listingOf(records: readonly TitleRecord[]) {
  const newestFirst = [...records].reverse();
  const state = { pages: 0 };
  const listing: TitleQuery = {
    index: {
      page: async (before, limit) => {
        state.pages += 1;
        const ids = newestFirst.map(({ titleId }) => titleId);
        return ids.filter((id) => before === undefined || id < before).slice(0, limit);
      },
    },
    readEntry: async (titleId) => records.find((record) => record.titleId === titleId),
    isShown: (record) => record.state !== 'deleted',
    before: undefined,
    limit: 2,
  };
  return { state, listing };
}

const sample = (state: TitleRecord['state'] = 'ready'): TitleRecord => ({
  ...samplePublication().record,
  state,
});

test('fills each page although titles are hidden, and ends after the last title', async () => {
  const records = [sample(), sample('deleted'), sample(), sample('deleted'), sample('deleted'), sample()];
  const { listing } = listingOf(records);
  const shown = [records[5], records[2], records[0]];
  const first = await listTitles(listing);
  expect(first).toEqual({ entries: shown.slice(0, 2), next: records[2]?.titleId });
  expect(await listTitles({ ...listing, before: first.next })).toEqual({
    entries: shown.slice(2),
    next: undefined,
  });
});

test('ends a page after a few reads in a long run of hidden titles, with a cursor to go on', async () => {
  const records = [sample(), ...Array.from({ length: 30 }, () => sample('deleted'))];
  const { state, listing } = listingOf(records);
  const { entries: shown, next } = await listTitles(listing);
  expect(shown).toEqual([]);
  expect(next).toBe(records[21]?.titleId);
  expect(state.pages).toBe(5);
});

test('shows a damaged title beside the others, and rejects while storage is down', async () => {
  const records = [sample(), sample('deleted')];
  const { listing } = listingOf(records);
  const damaged: DamagedTitle = {
    titleId: records[1]?.titleId ?? ('' as TitleId),
    state: 'damaged',
    name: 'Damaged title',
    createdAt: '2026-01-01T00:00:00.000Z',
    damage: { code: 'not_json', message: 'not JSON' },
  };
  const withSecond = (second: () => Promise<DamagedTitle>): TitleQuery => ({
    ...listing,
    readEntry: async (titleId: TitleId) =>
      titleId === damaged.titleId ? second() : listing.readEntry(titleId),
  });
  expect((await listTitles(withSecond(async () => damaged))).entries).toEqual([damaged, records[0]]);
  const away = new ObjectStoreError('unavailable', '', 'storage is down');
  await expect(listTitles(withSecond(() => Promise.reject(away)))).rejects.toBe(away);
});
