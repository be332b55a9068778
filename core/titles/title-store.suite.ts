import { beforeAll, describe, expect, test } from 'vitest';
import { createTitleId, type TitleId } from '#core/contracts/ids.js';
import { sourceKey, titleKey } from '#core/contracts/publication-layout.js';
import { type TitleRecord, titleRecordSchema } from '#core/contracts/title.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { TitleStore } from '#core/titles/title-store.js';

/**
 * Title records on a real store. `open` returns two stores on the same objects, like those of two processes.
 */
export function describeTitleStore(name: string, open: () => Promise<[ObjectStore, ObjectStore]>): void {
  describe(`title records on ${name}`, () => {
    let objects: ObjectStore;
    let titles: TitleStore;
    let others: TitleStore;
    beforeAll(async () => {
      const [store, other] = await open();
      objects = store;
      titles = new TitleStore(store);
      others = new TitleStore(other);
    });

    test('are read as they were written; a missing one is undefined', async () => {
      const record = newRecord();
      await titles.create(record);
      expect(await others.read(record.titleId)).toEqual(record);
      expect(await others.read(createTitleId())).toBeUndefined();
      expect(await others.update(createTitleId(), (found) => found)).toBeUndefined();
    });

    test('are created once', async () => {
      const record = newRecord();
      await titles.create(record);
      await expect(others.create({ ...record, name: 'another' })).rejects.toMatchObject({
        code: 'precondition_failed',
      });
      expect((await titles.read(record.titleId))?.name).toBe(record.name);
    });

    test('lose none of 50 changes made at once', async () => {
      const record = newRecord();
      await titles.create(record);
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          (index % 2 ? titles : others).update(record.titleId, (current) => ({
            ...current,
            cpuSeconds: current.cpuSeconds + 1,
          })),
        ),
      );
      expect((await titles.read(record.titleId))?.cpuSeconds).toBe(50);
    });

    test('enter a state once, however many callers try, and only from an allowed state', async () => {
      const record = newRecord();
      await titles.create(record);
      let entered = 0;
      await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          const change = { source: { ...record.source, bytes: index } };
          const stored = await others.enter(record.titleId, 'queued', ['uploading'], change);
          if (stored?.source.bytes === index) entered += 1;
        }),
      );
      const stored = await titles.read(record.titleId);
      expect(entered).toBe(1);
      expect(stored?.state).toBe('queued');
      expect(stored?.enteredAt.queued).toBe(stored?.updatedAt);
      expect((await titles.enter(record.titleId, 'ready', ['playable']))?.state).toBe('queued');
    });

    test('are changed from a version that was read before, even if it is stale', async () => {
      const record = newRecord();
      await titles.create(record);
      const stale = (await titles.readVersion(record.titleId)) ?? expect.fail();
      await others.update(record.titleId, (current) => ({ ...current, name: 'renamed' }));
      const stored = await titles.enter(stale, 'queued', ['uploading']);
      expect(stored).toMatchObject({ name: 'renamed', state: 'queued' });
      expect(await others.read(record.titleId)).toEqual(stored);
    });

    test('stay as they are if a change declines', async () => {
      const record = newRecord();
      await titles.create(record);
      const before = await objects.head(titleKey(record.titleId));
      expect(await titles.update(record.titleId, () => undefined)).toEqual(record);
      expect((await objects.head(titleKey(record.titleId)))?.etag).toBe(before?.etag);
    });

    test('of an unknown schema version are refused', async () => {
      const titleId = createTitleId();
      await objects.put(titleKey(titleId), Buffer.from('{"schemaVersion":9}'));
      await expect(titles.read(titleId)).rejects.toThrow(/schemaVersion/);
    });
  });
}

function newRecord(titleId: TitleId = createTitleId()): TitleRecord {
  const now = new Date().toISOString();
  return titleRecordSchema.parse({
    schemaVersion: 1,
    titleId,
    name: 'a title',
    state: 'uploading',
    createdAt: now,
    updatedAt: now,
    enteredAt: { uploading: now },
    generation: 1,
    settings: {},
    source: { key: sourceKey(titleId), fileName: 'clip.mp4', bytes: 1 },
  });
}
