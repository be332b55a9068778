import { createHash } from 'node:crypto';
import { z } from 'zod';
import { createTitleId, type TitleId } from '#core/contracts/ids.js';
import { sourceKey } from '#core/contracts/publication-layout.js';
import { type TitleRecord, titleRecordSchema } from '#core/contracts/title.js';
import type { UploadSettings } from '#core/contracts/upload-settings.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { putOrReadJson } from '#core/storage/put-once.js';
import type { TitleStore } from '#core/titles/title-store.js';
import { displayFileName, displayTitleName } from '#encoder/catalogue/display-name.js';

export interface NewTitle {
  name?: string | undefined;
  fileName: string;
  bytes: number;
  settings: UploadSettings;
}

/** Submissions remembered for replay; removed by the reconciler after a day. */
export const submissionsPrefix = 'system/submissions/';
export const submissionKeptMs = 24 * 3600 * 1000;

const submissionSchema = z.object({ bodyHash: z.string(), record: titleRecordSchema });

/** The record of a title whose upload is about to begin. */
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
    source: { key: sourceKey(titleId), fileName: displayFileName(given.fileName), bytes: given.bytes },
    cpuSeconds: 0,
  };
}

/**
 * The same submission, however often and however many at once, makes one title: whoever stores the submission first fixes
 * its record, everybody creates that record, and one creation wins. `caller` keeps the keys of callers apart.
 */
export async function createTitleOnce(
  store: ObjectStore,
  titles: TitleStore,
  given: NewTitle,
  submission: { idempotencyKey: string; caller: string },
): Promise<TitleRecord> {
  const bodyHash = sha256(JSON.stringify(given));
  const key = `${submissionsPrefix}${sha256(JSON.stringify([submission.caller, submission.idempotencyKey]))}.json`;
  const mine = { bodyHash, record: newTitleRecord(given, createTitleId(), new Date()) };
  const stored = await putOrReadJson(store, key, submissionSchema, mine);
  if (stored.bodyHash !== bodyHash) {
    throw new ProblemError(
      422,
      'idempotency-key-reused',
      'This Idempotency-Key was used with another body. Send a new key for a new title.',
    );
  }
  await titles.createOnce(stored.record);
  return stored.record;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
