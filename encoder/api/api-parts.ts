import type { Redis } from 'ioredis';
import type { TitleId } from '#core/contracts/ids.js';
import type { TitleRecord } from '#core/contracts/title.js';
import type { Logger } from '#core/runtime/log.js';
import type { Probes } from '#core/runtime/probes.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import type { EventStreams } from '#core/titles/event-streams.js';
import type { ProgressHub } from '#core/titles/progress-hub.js';
import type { TitleIndex } from '#core/titles/title-index.js';
import type { TitleProgress } from '#core/titles/title-progress.js';
import type { TitleStore } from '#core/titles/title-store.js';
import type { ApiKeys, StoredKey } from '#encoder/api/api-keys.js';
import type { ApiMetrics } from '#encoder/api/api-metrics.js';
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
  probes: Probes;
  metrics: ApiMetrics;
  log: Logger;
}

/** Variables that middleware sets on each request. */
export interface ApiEnvironment {
  Variables: { requestId: string; apiKey: StoredKey };
}
