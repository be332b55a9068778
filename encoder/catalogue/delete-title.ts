import { publicationIdOf, type TitleId } from '#core/contracts/ids.js';
import { mediaPrefix, sourcesPrefix } from '#core/contracts/publication-layout.js';
import { type TitleRecord, type TitleState, titleStateSchema } from '#core/contracts/title.js';
import { listAll, type ObjectStore } from '#core/storage/object-store.js';
import { findPlan } from '#core/titles/plan-reader.js';
import type { TitleIndex } from '#core/titles/title-index.js';
import type { TitleProgress } from '#core/titles/title-progress.js';
import type { TitleStore } from '#core/titles/title-store.js';
import type { TitleJobs } from '#encoder/queue/title-jobs.js';

export interface DeletionParts {
  store: ObjectStore;
  titles: TitleStore;
  progress: TitleProgress;
  index: TitleIndex;
  jobs: TitleJobs;
  /** Holds the bytes of unfinished uploads. */
  spool: { discard(titleId: TitleId): Promise<void> };
}

/** One object for each deletion in progress, so that an interrupted one is found and completed. */
export const deletionsPrefix = 'system/deletions/';
const deletionKey = (titleId: TitleId): string => `${deletionsPrefix}${titleId}`;
const deletable: readonly TitleState[] = titleStateSchema.options.filter((state) => state !== 'deleted');

/**
 * Deletes a title: first notes the deletion, then marks the record `deleted`, which every service obeys, then
 * removes jobs and objects. The record stays as a tombstone; the note stays until no task can still write.
 * Resolves to undefined for an unknown or deleted title.
 */
export async function deleteTitle(parts: DeletionParts, titleId: TitleId): Promise<TitleRecord | undefined> {
  const current = await parts.titles.read(titleId);
  if (!current || current.state === 'deleted') return undefined;
  await parts.store.put(deletionKey(titleId), Buffer.from('{}'), { contentType: 'application/json' });
  const deleted = await parts.titles.enter(titleId, 'deleted', deletable);
  if (!deleted) return undefined;
  await parts.index.remove(titleId);
  await removeWork(parts, deleted);
  await purgeTitle(parts, titleId);
  await parts.progress.titleChanged(deleted);
  return deleted;
}

/** Removes a title's jobs and its progress. */
export async function removeWork(parts: DeletionParts, record: TitleRecord): Promise<void> {
  const publicationId = publicationIdOf(record.titleId, record.generation);
  await parts.jobs.removeAll(record, await findPlan(parts.store, publicationId));
  await parts.progress.forget(publicationId);
}

/** Removes every object of a title except its record. Safe to repeat. */
export async function purgeTitle(
  parts: Pick<DeletionParts, 'store' | 'spool'>,
  titleId: TitleId,
): Promise<void> {
  await parts.spool.discard(titleId);
  for (const prefix of [`${sourcesPrefix}${titleId}/`, `${mediaPrefix}${titleId}-g`])
    for await (const { key } of listAll(parts.store, prefix)) await parts.store.delete(key);
}

export async function forgetDeletion(store: ObjectStore, titleId: TitleId): Promise<void> {
  await store.delete(deletionKey(titleId));
}
