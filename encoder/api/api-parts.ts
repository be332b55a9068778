import type { Redis } from 'ioredis';
import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import type { TitleRecord } from '#core/contracts/title.js';
import type { DamagedTitle } from '#core/contracts/title-resource.js';
import { awaitRedis } from '#core/queue/await-redis.js';
import type { Logger } from '#core/runtime/log.js';
import type { Probes } from '#core/runtime/probes.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import type { EventStreams } from '#core/titles/event-streams.js';
import type { ProgressHub } from '#core/titles/progress-hub.js';
import type { TitleIndex } from '#core/titles/title-index.js';
import type { TitleProgress } from '#core/titles/title-progress.js';
import type { TitleStore } from '#core/titles/title-store.js';
import type { ApiKeys, StoredKey } from '#encoder/api/api-keys.js';
import type { ApiMetrics } from '#encoder/api/api-metrics.js';
import { queueUnavailable } from '#encoder/api/problem-responses.js';
import type { NewTitle } from '#encoder/catalogue/create-title.js';
import type { TitleJobs } from '#encoder/queue/title-jobs.js';
import type { UploadServer } from '#encoder/uploads/upload-server.js';

/** What the routes need. Assembled by `assemble-encoder.ts`. */
export interface ApiParts {
  store: ObjectStore;
  titles: TitleStore;
  redis: Redis;
  index: TitleIndex;
  keys: ApiKeys;
  progress: TitleProgress;
  hub: ProgressHub;
  streams: EventStreams;
  uploads: UploadServer;
  createTitle(
    given: NewTitle,
    submission: { idempotencyKey: string; caller: string } | undefined,
  ): Promise<TitleRecord>;
  deleteTitle(titleId: TitleId): Promise<TitleRecord | undefined>;
  reports: Pick<TitleJobs, 'addReport' | 'reportJobStatus'>;
  deliveryUrl: string;
  maxSourceBytes: number;
  /** Origins of web pages that may upload, or `*`. */
  uploadOrigins: readonly string[];
  probes: Probes;
  metrics: ApiMetrics;
  log: Logger;
}

/** Variables that middleware sets on each request. */
export interface ApiEnvironment {
  Variables: { requestId: string; apiKey: StoredKey };
}

/**
 * Reads a title. Rejects with 404 for an id that is malformed, unknown or deleted, with 409 for a damaged
 * record.
 */
export async function requireTitle(parts: Pick<ApiParts, 'titles'>, titleId: string): Promise<TitleRecord> {
  const id = titleIdSchema.safeParse(titleId).data;
  const record = id && (await parts.titles.readOrDescribe(id));
  if (!record || record.state === 'deleted') throw unknownTitle();
  if (record.state === 'damaged') throw damagedTitle(record);
  return record;
}

export function unknownTitle(): ProblemError {
  return new ProblemError(404, 'unknown-title', 'There is no such title.');
}

function damagedTitle({ titleId, damage }: DamagedTitle): ProblemError {
  return new ProblemError(
    409,
    'damaged-title',
    `The record of title ${titleId} cannot be read (${damage.message}). Restore it from a backup, or delete the title and upload its source again.`,
    { fields: { damage } },
  );
}

/** Rejects with 503 while Redis is unavailable: no job could follow a write that is accepted now. */
export async function requireQueue(redis: Redis): Promise<void> {
  try {
    await awaitRedis(redis.ping());
  } catch (error) {
    throw queueUnavailable(error);
  }
}
