import type { Redis } from 'ioredis';
import { createTitleId, type TitleId } from '#core/contracts/ids.js';
import type { Logger } from '#core/runtime/log.js';
import { Probes } from '#core/runtime/probes.js';
import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';
import { DamageLog } from '#core/titles/damage-log.js';
import { EventStreams } from '#core/titles/event-streams.js';
import { ProgressHub } from '#core/titles/progress-hub.js';
import { TitleIndex } from '#core/titles/title-index.js';
import { TitleProgress } from '#core/titles/title-progress.js';
import { TitleStore } from '#core/titles/title-store.js';
import { ApiKeys } from '#encoder/api/api-keys.js';
import { createApiMetrics } from '#encoder/api/api-metrics.js';
import type { ApiParts } from '#encoder/api/api-parts.js';
import { createTitle, createTitleOnce, type NewTitle } from '#encoder/catalogue/create-title.js';
import { deleteTitle } from '#encoder/catalogue/delete-title.js';
import { TitleJobs } from '#encoder/queue/title-jobs.js';
import { Reconciler } from '#encoder/reconcile/reconciler.js';
import { finishUpload } from '#encoder/uploads/finish-upload.js';
import { UploadLocks } from '#encoder/uploads/upload-locks.js';
import { UploadServer } from '#encoder/uploads/upload-server.js';
import type { UploadSpool } from '#encoder/uploads/upload-spool.js';
import { type RateFloor, uploadRateFloor } from '#encoder/uploads/with-rate-floor.js';

/** Polling finds the events that Redis lost; the keep-alive detects dead connections. */
const eventStreamLimits = { pollMs: 5_000, keepAliveMs: 5_000, maxOpen: 1_000 };

export interface EncoderResources {
  store: ObjectStore;
  /** Connection of role `request`. */
  redis: Redis;
  /** Connection of role `subscriber`. */
  subscriber: Redis;
  spool: UploadSpool;
  deliveryUrl: string;
  maxSourceBytes: number;
  uploadOrigins?: readonly string[];
  /** Default: `uploadRateFloor`. */
  rateFloor?: RateFloor;
  log: Logger;
  nowMs?: () => number;
}

export interface Encoder {
  api: ApiParts;
  reconciler: Reconciler;
  jobs: TitleJobs;
}

/** Assembles the service from open clients. Opens nothing itself. */
export function assembleEncoder(resources: EncoderResources): Encoder {
  const { store, redis, spool, log, nowMs = Date.now } = resources;
  const titles = new TitleStore(store, new DamageLog(log));
  const probes = new Probes('encoder');
  const metrics = createApiMetrics(probes.registry);
  const index = new TitleIndex(redis, store);
  const jobs = new TitleJobs(redis);
  const hub = new ProgressHub(resources.subscriber);
  const progress = new TitleProgress(redis);
  const work = { store, titles, progress, index, jobs, spool };
  const removeTitle = (titleId: TitleId) => deleteTitle(work, titleId);
  const createListedTitle = async (given: NewTitle, titleId: TitleId) => {
    await spool.requireSpace(given.bytes);
    return createTitle(work, given, titleId);
  };
  const uploads = new UploadServer({
    ...work,
    locks: new UploadLocks(redis),
    maxBytes: resources.maxSourceBytes,
    rateFloor: resources.rateFloor ?? uploadRateFloor,
    createTitle: createListedTitle,
    deleteTitle: removeTitle,
    onBytes: (bytes) => metrics.uploadedBytes.inc(bytes),
  });
  probes.addCheck('redis', async () => void (await redis.ping()));
  probes.addCheck('storage', () =>
    // A full store answers reads, and each write with a reason: better than no service at all.
    store.check().catch((error: unknown) => {
      if (!(error instanceof ObjectStoreError && error.code === 'no_space')) throw error;
    }),
  );
  return {
    api: {
      store,
      titles,
      redis,
      index,
      keys: new ApiKeys(store),
      progress,
      hub,
      streams: new EventStreams({
        ...eventStreamLimits,
        hub,
        readEvent: async (titleId) => {
          const record = await titles.read(titleId);
          return record && progress.eventOf(record);
        },
      }),
      uploads,
      createTitle: async (given, submission) => {
        await spool.requireSpace(given.bytes);
        const record = submission
          ? await createTitleOnce(work, given, submission)
          : await createTitle(work, given, createTitleId());
        // An empty file sends no bytes that could finish its upload.
        if (record.source.bytes === 0) await finishUpload(work, record.titleId);
        return record;
      },
      deleteTitle: removeTitle,
      reports: jobs,
      deliveryUrl: resources.deliveryUrl,
      maxSourceBytes: resources.maxSourceBytes,
      uploadOrigins: resources.uploadOrigins ?? [],
      probes,
      metrics,
      log,
    },
    jobs,
    reconciler: new Reconciler(
      { ...work, redis, log, nowMs },
      {
        onRepair: (repair) => metrics.repairs.inc({ repair }),
        onStates: (states) => metrics.showStates(states.values()),
      },
    ),
  };
}
