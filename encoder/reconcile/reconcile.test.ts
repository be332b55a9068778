import { Queue, UnrecoverableError, Worker } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Failure, failureFor, SourceRefusedError } from '#core/contracts/failure.js';
import { createTitleId, type TitleId } from '#core/contracts/ids.js';
import type { Plan } from '#core/contracts/plan.js';
import { planKey, publicationPrefix, sourceKey } from '#core/contracts/publication-layout.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { type QueueName, queueNames, queuePrefix, redisKeys } from '#core/queue/queues.js';
import { connectRedis } from '#core/queue/redis.js';
import { publicationFlow, publishJobId } from '#core/queue/task-tree.js';
import { createLogger } from '#core/runtime/log.js';
import { ObjectStoreError } from '#core/storage/object-store.js';
import { newTitleRecord } from '#encoder/catalogue/create-title.js';
import { deletionsPrefix } from '#encoder/catalogue/delete-title.js';
import type { JobStatus } from '#encoder/queue/title-jobs.js';
import { reconcileTitle } from '#encoder/reconcile/reconcile-title.js';
import { pauseAfter, Reconciler } from '#encoder/reconcile/reconciler.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningEncoder, startEncoder } from '#fixtures/running-encoder.js';
import { samplePublication } from '#fixtures/sample-publication.js';

let redis: RedisFixture;
let encoder: RunningEncoder;

beforeAll(async () => {
  redis = await startRedisServer();
  encoder = await startEncoder(redis.url);
});

beforeEach(async () => {
  await encoder.redis.flushall();
});

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

afterAll(async () => {
  await encoder.stop();
  await redis.stop();
});

const parts = (nowMs = Date.now) => ({
  store: encoder.store,
  titles: encoder.titles,
  redis: encoder.redis,
  progress: encoder.encoder.api.progress,
  index: encoder.encoder.api.index,
  jobs: encoder.encoder.jobs,
  spool: encoder.spool,
  log: createLogger('test', 'silent'),
  nowMs,
});

const reconcile = async (titleId: TitleId, nowMs = Date.now) =>
  reconcileTitle(parts(nowMs), (await encoder.titles.read(titleId)) ?? expect.fail());

function newRecord(bytes = 4): TitleRecord {
  const settings = { codecs: ['h264' as const], ladder: 'standard' as const };
  return newTitleRecord({ fileName: 'clip.mp4', bytes, settings }, createTitleId(), new Date());
}

async function titleIn(state: 'queued' | 'analysing'): Promise<TitleRecord> {
  const record = { ...newRecord(), state };
  await encoder.titles.create(record);
  return record;
}

async function playable(): Promise<{ record: TitleRecord; plan: Plan }> {
  const { record, plan } = samplePublication();
  await encoder.titles.create(record);
  await encoder.store.put(planKey(plan.publicationId), Buffer.from(JSON.stringify(plan)));
  return { record, plan };
}

function queue(name: QueueName): Queue {
  const made = new Queue(name, { connection: encoder.redis, prefix: queuePrefix });
  ends.push(() => made.close());
  return made;
}

/** Runs every job of all queues with `run` until the test ends. */
function startWorkers(run: (name: string, data: { titleId: TitleId }) => Promise<void>): void {
  for (const name of queueNames) {
    const connection = connectRedis(redis.url, 'worker');
    const worker = new Worker(name, (job) => run(job.name, job.data as { titleId: TitleId }), {
      connection,
      prefix: queuePrefix,
      drainDelay: 1,
    });
    ends.push(async () => {
      await worker.close();
      connection.disconnect();
    });
  }
}

test.each(['queued', 'analysing'] as const)(
  'a %s title whose job Redis lost is analysed again',
  async (state) => {
    const record = await titleIn(state);
    expect(await reconcile(record.titleId)).toBe('analyse-added');
    expect(await encoder.encoder.jobs.analyseJobStatus(record)).toEqual({ state: 'alive' });
    expect(await reconcile(record.titleId)).toBe('nothing');
  },
);

test('a playable title whose flow Redis lost gets it again, once', async () => {
  const { record, plan } = await playable();
  expect(await reconcile(record.titleId)).toBe('publication-added');
  expect(await encoder.encoder.jobs.publishJobStatus(record)).toEqual({ state: 'waiting-children' });
  expect(await reconcile(record.titleId)).toBe('nothing');
  const counts = await encoder.encoder.jobs.countWaiting();
  expect(counts).toMatchObject({ 'encode-h264': plan.spans.length, tracks: plan.audio.length });
});

test('progress is recounted from storage when Redis has lost it', async () => {
  const { record, plan } = await playable();
  for (const path of ['v/h264-720/00000.m4s', 'v/h264-720/00001.m4s', 'v/h264-720/init.mp4'])
    await encoder.store.put(publicationPrefix(plan.publicationId) + path, Buffer.from('x'));
  await reconcile(record.titleId);
  expect(await encoder.redis.scard(redisKeys.storedSegments(plan.publicationId))).toBe(2);
  expect(await encoder.redis.bitcount(redisKeys.storedBits(plan.publicationId))).toBe(2);
});

test('children that Redis lost are added again, and their parent completes', async () => {
  const { record, plan } = await playable();
  await encoder.encoder.jobs.restartPublication(plan);
  const lost = publicationFlow(plan).children?.[0];
  const key = `${queuePrefix}:${lost?.queueName}:${lost?.opts?.jobId}`;
  expect(await encoder.redis.del(key)).toBe(1);
  await encoder.redis.zrem(`${queuePrefix}:${lost?.queueName}:prioritized`, lost?.opts?.jobId ?? '');
  expect(await reconcile(record.titleId)).toBe('children-added');
  expect(await reconcile(record.titleId)).toBe('nothing');
  startWorkers(async (name, { titleId }) => {
    if (name === 'publish') await encoder.titles.enter(titleId, 'ready', ['playable']);
  });
  await pollUntil('the title is ready', 10_000, async () =>
    (await encoder.titles.read(record.titleId))?.state === 'ready' ? true : undefined,
  );
});

test('a parent that Redis lost is added again with its living and finished children', async () => {
  const { record, plan } = await playable();
  await encoder.encoder.jobs.restartPublication(plan);
  const tracks: string[] = [];
  const connection = connectRedis(redis.url, 'worker');
  const worker = new Worker('tracks', async (job) => void tracks.push(job.id ?? ''), {
    connection,
    prefix: queuePrefix,
  });
  await pollUntil('the audio task is done', 5_000, async () => (tracks.length > 0 ? true : undefined));
  await worker.close();
  connection.disconnect();
  const parentKey = `${queuePrefix}:publish:${publishJobId(plan)}`;
  await encoder.redis.del(parentKey, `${parentKey}:dependencies`, `${parentKey}:processed`);
  expect(await reconcile(record.titleId)).toBe('publication-added');
  startWorkers(async (name, { titleId }) => {
    if (name === 'publish') await encoder.titles.enter(titleId, 'ready', ['playable']);
  });
  await pollUntil('the title is ready', 10_000, async () =>
    (await encoder.titles.read(record.titleId))?.state === 'ready' ? true : undefined,
  );
  expect(tracks).toHaveLength(1);
});

/** Resolves once a job has failed for good. */
const whenFailed = (status: () => Promise<JobStatus>): Promise<unknown> =>
  pollUntil('the job has failed', 20_000, async () =>
    (await status()).state === 'failed' ? true : undefined,
  );

test('a title whose analysis failed is resumed once, then fails with the reason of its job', async () => {
  const record = await titleIn('analysing');
  const { jobs } = encoder.encoder;
  await jobs.addAnalyse(record);
  startWorkers(() => Promise.reject(new UnrecoverableError('the worker broke')));
  // The worker could not record the failure: storage was away.
  await whenFailed(() => jobs.analyseJobStatus(record));
  expect(await reconcile(record.titleId)).toBe('title-resumed');
  await whenFailed(() => jobs.analyseJobStatus(record));
  expect(await reconcile(record.titleId)).toBe('title-failed');
  expect(await encoder.titles.read(record.titleId)).toMatchObject({
    state: 'failed',
    failure: { code: 'internal', detail: 'the worker broke' },
  });
  await encoder.encoder.reconciler.scan();
  expect((await encoder.titles.read(record.titleId))?.state).toBe('failed');
});

test('a title whose span failed is resumed once, then fails with the reason of the span', async () => {
  const { record, plan } = await playable();
  const { jobs } = encoder.encoder;
  await jobs.restartPublication(plan);
  startWorkers(async (name) => {
    if (name === 'encode-span') throw new UnrecoverableError('the encoder crashed');
  });
  await whenFailed(() => jobs.publishJobStatus(record));
  expect(await reconcile(record.titleId)).toBe('title-resumed');
  await whenFailed(() => jobs.publishJobStatus(record));
  expect(await reconcile(record.titleId)).toBe('title-failed');
  const { failure } = (await encoder.titles.read(record.titleId)) ?? {};
  expect(failure?.detail).toMatch(/^encoding of segments \d+ to \d+ \(h264-.*\): the encoder crashed$/);
});

test('a title whose task ends worker after worker fails with that reason', async () => {
  const { record, plan } = await playable();
  await encoder.encoder.jobs.restartPublication(plan);
  const span = publicationFlow(plan).children?.[0];
  const key = `${queuePrefix}:${span?.queueName}:${span?.opts?.jobId}`;
  // What BullMQ records when the fourth worker in a row has lost its lock.
  await encoder.redis.hset(key, { stc: 4, defa: 'job stalled more than allowable limit' });
  startWorkers(async () => undefined);
  await whenFailed(() => encoder.encoder.jobs.publishJobStatus(record));
  expect(await reconcile(record.titleId)).toBe('title-failed');
  const { failure } = (await encoder.titles.read(record.titleId)) ?? {};
  expect(failure?.detail).toMatch(
    /^encoding of segments .*: 4 workers in a row ended in the middle of this task$/,
  );
});

const outageOfEarlierRelease: Failure = {
  code: 'internal',
  message: 'Something went wrong on our side.',
  detail: 'object media/x: nothing listens there',
};

test.each([['analysing'], ['playable']] as const)(
  'a title that an earlier release failed while it was %s is resumed once',
  async (state) => {
    const { record, plan } =
      state === 'playable' ? await playable() : { record: await titleIn(state), plan: undefined };
    const { jobs, reconciler } = encoder.encoder;
    if (plan) await jobs.restartPublication(plan);
    else await jobs.addAnalyse(record);
    startWorkers((name) => Promise.reject(new UnrecoverableError(`${name}: storage is away`)));
    const status = () => (plan ? jobs.publishJobStatus(record) : jobs.analyseJobStatus(record));
    await whenFailed(status);
    for (const end of ends.splice(0).reverse()) await end();
    const fields = { failure: outageOfEarlierRelease };
    await encoder.titles.enter(record.titleId, 'failed', ['analysing', 'playable'], fields);
    await reconciler.scan();
    const resumed = await encoder.titles.read(record.titleId);
    expect(resumed?.state).toBe(plan ? 'playable' : 'queued');
    expect(resumed?.failure).toBeUndefined();
    expect((await status()).state).toBe(plan ? 'waiting-children' : 'alive');
    // This release fails it for good.
    const failure = failureFor('internal', 'the encoder crashed');
    await encoder.titles.enter(record.titleId, 'failed', ['queued', 'playable'], { failure });
    await reconciler.scan();
    expect((await encoder.titles.read(record.titleId))?.failure).toEqual(failure);
  },
);

test('a title that was refused for its source stays failed', async () => {
  const record = await titleIn('analysing');
  const failure = new SourceRefusedError('corrupt', 'no frame could be decoded').toFailure();
  await encoder.titles.enter(record.titleId, 'failed', ['analysing'], { failure });
  await encoder.encoder.reconciler.scan();
  expect(await encoder.titles.read(record.titleId)).toMatchObject({ state: 'failed', failure });
});

test.each([
  ['a fast scan', 10, 5_000],
  ['a scan of one second', 1_000, 20_000],
  ['a scan that waited for a frozen back end', 30_000, 30_000],
])('pauses after %s for a bounded time', (_what, scanMs, pauseMs) => {
  expect(pauseAfter(scanMs)).toBe(pauseMs);
});

test('a completed job whose title is unchanged runs again', async () => {
  const { record, plan } = await playable();
  await queue('publish').add('publish', {}, { jobId: publishJobId(plan) });
  startWorkers(async () => undefined);
  await pollUntil('the job has run', 5_000, async () =>
    (await encoder.encoder.jobs.publishJobStatus(record)).state === 'completed' ? true : undefined,
  );
  expect(await reconcile(record.titleId)).toBe('publication-added');
});

test.each([
  [
    'its bytes were complete but not committed',
    async (record: TitleRecord) => {
      const { Readable } = await import('node:stream');
      await encoder.spool.append(record.titleId, Readable.from([Buffer.from('clip')]), 0, 4);
    },
  ],
  [
    'its source was stored',
    (record: TitleRecord) => encoder.store.put(sourceKey(record.titleId), Buffer.from('clip')),
  ],
])('an upload whose process died after %s is queued', async (_case, prepare) => {
  const record = newRecord();
  await encoder.titles.create(record);
  expect(await reconcile(record.titleId)).toBe('nothing');
  await prepare(record);
  expect(await reconcile(record.titleId)).toBe('upload-finished');
  expect(await encoder.titles.read(record.titleId)).toMatchObject({ state: 'queued' });
  expect((await encoder.store.read(sourceKey(record.titleId))).bytes.toString()).toBe('clip');
  expect(await encoder.encoder.jobs.analyseJobStatus(record)).toEqual({ state: 'alive' });
});

test('an unfinished upload is removed after a day', async () => {
  const record = newRecord();
  await encoder.titles.create(record);
  const tomorrow = () => Date.now() + 25 * 3600 * 1000;
  expect(await reconcile(record.titleId, tomorrow)).toBe('upload-expired');
  expect(await encoder.titles.read(record.titleId)).toMatchObject({ state: 'deleted' });
});

test('after FLUSHALL every title gets its jobs back, and the index its titles', async () => {
  const [queued, analysing, { record }] = [
    await titleIn('queued'),
    await titleIn('analysing'),
    await playable(),
  ];
  await encoder.encoder.reconciler.scan();
  await encoder.redis.flushall();
  await encoder.encoder.reconciler.scan();
  expect(await encoder.encoder.jobs.analyseJobStatus(queued)).toEqual({ state: 'alive' });
  expect(await encoder.encoder.jobs.analyseJobStatus(analysing)).toEqual({ state: 'alive' });
  expect(await encoder.encoder.jobs.publishJobStatus(record)).toEqual({ state: 'waiting-children' });
  for (const { titleId } of [queued, analysing, record])
    expect(await encoder.redis.zscore(redisKeys.catalogue, titleId)).toBe('0');
});

test('completes an interrupted deletion, and forgets it once no task can still write', async () => {
  const { record, plan } = await playable();
  await encoder.store.put(`${deletionsPrefix}${record.titleId}`, Buffer.from('{}'));
  await encoder.encoder.reconciler.scan();
  expect(await encoder.titles.read(record.titleId)).toMatchObject({ state: 'deleted' });
  // A task that was running stores one more segment.
  const late = `${publicationPrefix(plan.publicationId)}v/h264-720/00001.m4s`;
  await encoder.store.put(late, Buffer.from('late'));
  await encoder.encoder.reconciler.scan();
  expect(await encoder.store.head(late)).toBeUndefined();
  expect(await encoder.store.head(`${deletionsPrefix}${record.titleId}`)).toBeDefined();
  const hooks = { onRepair: () => undefined, onStates: () => undefined };
  await new Reconciler(
    parts(() => Date.now() + 3600 * 1000),
    hooks,
  ).scan();
  expect(await encoder.store.head(`${deletionsPrefix}${record.titleId}`)).toBeUndefined();
});

test('a scan ends while Redis is frozen, and the next one finds what a FLUSHALL took', async () => {
  const [first, second] = [await titleIn('queued'), await titleIn('analysing')];
  const hooks = { onRepair: () => undefined, onStates: () => undefined };
  const deadlines = { checkMs: 100, objectMs: 5_000, repairMs: 200, deletionMs: 200 };
  const reconciler = new Reconciler(parts(), hooks, deadlines);
  redis.process.kill('SIGSTOP');
  try {
    await expect(reconciler.scan()).rejects.toThrow('Redis: no answer within 100 ms');
  } finally {
    redis.process.kill('SIGCONT');
  }
  await encoder.redis.flushall();
  await reconciler.scan();
  for (const record of [first, second])
    expect(await encoder.encoder.jobs.analyseJobStatus(record)).toEqual({ state: 'alive' });
});

test('a title that cannot be repaired does not stop the others', async () => {
  const [broken, record] = [await titleIn('queued'), await titleIn('queued')];
  const titles = Object.create(encoder.titles) as typeof encoder.titles;
  titles.read = (titleId) =>
    titleId === broken.titleId
      ? Promise.reject(new ObjectStoreError('unavailable', titleId, 'a bad sector'))
      : encoder.titles.read(titleId);
  const hooks = { onRepair: () => undefined, onStates: () => undefined };
  await new Reconciler({ ...parts(), titles }, hooks).scan();
  expect(await encoder.encoder.jobs.analyseJobStatus(record)).toEqual({ state: 'alive' });
});

test('an unreadable record does not stop other titles', async () => {
  const record = await titleIn('queued');
  await encoder.store.put(`titles/${createTitleId()}.json`, Buffer.from('{'));
  await encoder.encoder.reconciler.scan();
  expect(await encoder.encoder.jobs.analyseJobStatus(record)).toEqual({ state: 'alive' });
});
