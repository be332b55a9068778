import { createdAtOf, publicationIdOf, type TitleId } from '#core/contracts/ids.js';
import { mediaPrefix, sourcesPrefix } from '#core/contracts/publication-layout.js';
import { type TitleRecord, type TitleState, titleStateSchema } from '#core/contracts/title.js';
import { uploadSettingsSchema } from '#core/contracts/upload-settings.js';
import { skipDamaged } from '#core/storage/json-document.js';
import { listAll, type ObjectStore } from '#core/storage/object-store.js';
import { findPlan } from '#core/titles/plan-reader.js';
import type { TitleIndex } from '#core/titles/title-index.js';
import type { TitleProgress } from '#core/titles/title-progress.js';
import type { TitleStore } from '#core/titles/title-store.js';
import { newTitleRecord } from '#encoder/catalogue/create-title.js';
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
  const current = await parts.titles.readOrDescribe(titleId);
  if (!current || current.state === 'deleted') return undefined;
  await parts.store.put(deletionKey(titleId), Buffer.from('{}'), { contentType: 'application/json' });
  if (current.state === 'damaged') return deleteDamaged(parts, titleId);
  const deleted = await parts.titles.enter(titleId, 'deleted', deletable);
  if (!deleted) return undefined;
  await parts.index.remove(titleId);
  await removeWork(parts, deleted);
  await purgeTitle(parts, titleId);
  await parts.progress.titleChanged(deleted);
  return deleted;
}

/**
 * Deletes a title whose record cannot be read: replaces the record with a tombstone, and finds the
 * generations by the stored objects. Resolves to the tombstone, or to undefined if another process was first.
 */
async function deleteDamaged(parts: DeletionParts, titleId: TitleId): Promise<TitleRecord | undefined> {
  const at = new Date().toISOString();
  const tombstone: TitleRecord = {
    ...newTitleRecord(
      { name: 'Damaged title', fileName: 'unknown', bytes: 0, settings: uploadSettingsSchema.parse({}) },
      titleId,
      createdAtOf(titleId),
    ),
    state: 'deleted',
    enteredAt: { deleted: at },
    updatedAt: at,
  };
  if (!(await parts.titles.replaceDamaged(tombstone))) return undefined;
  await parts.index.remove(titleId);
  for (const generation of await storedGenerations(parts.store, titleId))
    await removeWork(parts, { titleId, generation });
  await purgeTitle(parts, titleId);
  await parts.progress.titleChanged(tombstone);
  return tombstone;
}

/** Generations of which something is stored, and the first, which may be about to begin. */
async function storedGenerations(store: ObjectStore, titleId: TitleId): Promise<Set<number>> {
  const generations = new Set([1]);
  const prefix = `${mediaPrefix}${titleId}-g`;
  for await (const { key } of listAll(store, prefix)) {
    const generation = Number.parseInt(key.slice(prefix.length), 10);
    if (generation > 0) generations.add(generation);
  }
  return generations;
}

/**
 * Removes a title's jobs and its progress. Finds no encode jobs without a readable plan: they end by
 * themselves.
 */
export async function removeWork(
  parts: DeletionParts,
  record: Pick<TitleRecord, 'titleId' | 'generation'>,
): Promise<void> {
  const publicationId = publicationIdOf(record.titleId, record.generation);
  const plan = await findPlan(parts.store, publicationId).catch(skipDamaged);
  await parts.jobs.removeAll(record, plan);
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
