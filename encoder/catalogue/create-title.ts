import { createHash } from 'node:crypto';
import { z } from 'zod';
import { createTitleId, type TitleId } from '#core/contracts/ids.js';
import { sourceKey } from '#core/contracts/publication-layout.js';
import { type TitleRecord, titleRecordSchema } from '#core/contracts/title.js';
import type { UploadSettings } from '#core/contracts/upload-settings.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { putOrReadJson } from '#core/storage/put-once.js';
import type { TitleIndex } from '#core/titles/title-index.js';
import type { TitleStore } from '#core/titles/title-store.js';
import { displayFileName, displayTitleName } from '#encoder/catalogue/display-file-name.js';

export interface NewTitle {
  name?: string | undefined;
  fileName: string;
  bytes: number;
  settings: UploadSettings;
  /** As in the tus protocol. */
  uploadMetadata?: string | undefined;
}

/** Submissions with an Idempotency-Key. The reconciler removes them after a day. */
export const submissionsPrefix = 'system/submissions/';
export const submissionKeptMs = 24 * 3600 * 1000;

const submissionSchema = z.object({ bodyHash: z.string(), record: titleRecordSchema });

/** Makes the record of a title whose upload is about to begin. */
export function newTitleRecord(given: NewTitle, titleId: TitleId, now: Date): TitleRecord {
  const at = now.toISOString();
  return {
    schemaVersion: 1,
    titleId,
    name: displayTitleName(given.name, given.fileName),
    state: 'uploading',
    createdAt: at,
    updatedAt: at,
    enteredAt: { uploading: at },
    generation: 1,
    settings: given.settings,
    source: {
      key: sourceKey(titleId),
      fileName: displayFileName(given.fileName),
      bytes: given.bytes,
      ...(given.uploadMetadata ? { uploadMetadata: given.uploadMetadata } : {}),
    },
    cpuSeconds: 0,
  };
}

export interface CreationParts {
  store: ObjectStore;
  titles: TitleStore;
  index: Pick<TitleIndex, 'add' | 'remove'>;
}

/** Creates a title whose upload is about to begin. Leaves nothing if Redis refuses its list entry. */
export async function createTitle(
  parts: Omit<CreationParts, 'store'>,
  given: NewTitle,
  titleId: TitleId,
): Promise<TitleRecord> {
  const record = newTitleRecord(given, titleId, new Date());
  await listFirst(parts.index, titleId, () => parts.titles.create(record));
  return record;
}

/**
 * Adds a title's list entry before its record: lists skip an entry without a record, but never show a record
 * without an entry.
 */
async function listFirst(
  index: CreationParts['index'],
  titleId: TitleId,
  store: () => Promise<unknown>,
): Promise<void> {
  await index.add(titleId);
  try {
    await store();
  } catch (error) {
    await index.remove(titleId).catch(() => undefined);
    throw error;
  }
}

/**
 * Creates one title for a submission, however often and concurrently it is repeated. The first request to
 * store the submission fixes its record; every request then creates that record, and one of them wins.
 * `caller` separates the keys of different callers. Rejects with a 422 problem if the key was used with
 * another body; after any other failure the same submission can be sent again.
 */
export async function createTitleOnce(
  parts: CreationParts,
  given: NewTitle,
  submission: { idempotencyKey: string; caller: string },
): Promise<TitleRecord> {
  const bodyHash = sha256(JSON.stringify(given));
  const name = sha256(JSON.stringify([submission.caller, submission.idempotencyKey]));
  const key = `${submissionsPrefix}${name}.json`;
  const mine = { bodyHash, record: newTitleRecord(given, createTitleId(), new Date()) };
  const stored = await putOrReadJson(parts.store, key, submissionSchema, mine);
  if (stored.bodyHash !== bodyHash) {
    throw new ProblemError(
      422,
      'idempotency-key-reused',
      'This Idempotency-Key was used with another body. Send a new key for a new title.',
    );
  }
  // A failed try may belong to a title that another one has created, so its list entry stays.
  await parts.index.add(stored.record.titleId);
  await parts.titles.createOnce(stored.record);
  return stored.record;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
