import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlowProducer, type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Plan } from '#core/contracts/plan.js';
import { planKey, quickSegmentFile, segmentFile, videoPrefix } from '#core/contracts/publication-layout.js';
import { DemandInterest } from '#core/queue/demand-interest.js';
import { jobDefaults, queuePrefix, redisKeys, type SegmentAddress } from '#core/queue/queues.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import { createLogger } from '#core/runtime/log.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import { PlanReader } from '#core/titles/plan-reader.js';
import { TitleProgress } from '#core/titles/title-progress.js';
import { TitleStore } from '#core/titles/title-store.js';
import { runGenerator } from '#fixtures/media/capture-ffmpeg.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { samplePublication, sampleRung } from '#fixtures/sample-publication.js';
import { defaultSourceLimits } from '#planning/source/source-limits.js';
import { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { defaultInputLimits } from '#workers/ffmpeg/input-arguments.js';
import { Scratch } from '#workers/scratch/scratch.js';
import type { TaskContext } from '#workers/tasks/task-context.js';
import { type Pool, startPool } from '#workers/worker-pool.js';

const renditionId = 'h264-180';
let folder: string;
let server: RedisFixture;
let redis: Redis;
let store: ObjectStore;
let context: TaskContext;
let pool: Pool;
let queue: Queue;
let interest: DemandInterest;
let source: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-demanded-runs-'));
  server = await startRedisServer();
  redis = connectRedis(server.url, 'worker');
  await waitForRedis(redis, 5_000);
  store = openObjectStore(`file://${join(folder, 'store')}`, undefined);
  const scratch = await Scratch.open(join(folder, 'scratch'));
  context = {
    store,
    titles: new TitleStore(store),
    plans: new PlanReader(store),
    redis,
    flows: new FlowProducer({ connection: redis, prefix: queuePrefix }),
    progress: new TitleProgress(redis),
    scratch,
    ffmpeg: await Ffmpeg.open({
      ffmpeg: 'ffmpeg',
      ffprobe: 'ffprobe',
      path: process.env['PATH'] ?? '',
      sandbox: 'none',
      niceLevel: 0,
      memoryBytes: 4 * 2 ** 30,
      inputLimits: defaultInputLimits,
      launcherFolder: scratch.directory,
    }),
    sourceLimits: defaultSourceLimits,
    threads: { perSlot: 1, max: 2 },
  };
  pool = startPool({
    context,
    queues: ['demand'],
    slots: 2,
    redisUrl: server.url,
    log: createLogger('worker', 'silent'),
    registry: new Registry(),
  });
  queue = new Queue('demand', { connection: redis, prefix: queuePrefix });
  interest = new DemandInterest(redis);
  source = join(folder, 'source.mp4');
  await runGenerator([
    ...['-y', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=24:d=75'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '48', '-pix_fmt', 'yuv420p', source],
  ]);
}, 60_000);

afterAll(async () => {
  await pool.stop();
  await queue.close();
  await context.flows.close();
  redis.disconnect();
  await store.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A playable title of twelve segments, none encoded. The preset leaves some time between two segments. */
async function playable(): Promise<Plan> {
  const slow = { ...sampleRung('h264', 180, 700_000), encoderPreset: 'slow' };
  const { record, plan } = samplePublication({ rungs: [slow] });
  const size = { codedWidth: 320, codedHeight: 180, displayWidth: 320, displayHeight: 180 };
  const grid = { ...plan.grid, frameCount: 12 * 144, segmentCount: 12 };
  const small: Plan = { ...plan, grid, video: { ...plan.video, ...size } };
  await context.titles.create(record);
  await store.put(planKey(plan.publicationId), Buffer.from(JSON.stringify(small)));
  await store.put(plan.source.key, createReadStream(source));
  return small;
}

const address = ({ publicationId }: Plan, segmentIndex: number): SegmentAddress => ({
  publicationId,
  renditionId,
  segmentIndex,
});

/** Waits for a segment as an origin does: says so again and again until it is stored or `left` aborts. */
async function wait(plan: Plan, segmentIndex: number, left?: AbortSignal): Promise<void> {
  await interest.wait(address(plan, segmentIndex), 'an origin');
  const timer = setInterval(() => void interest.wait(address(plan, segmentIndex), 'an origin'), 1_000);
  left?.addEventListener('abort', () => clearInterval(timer));
  void stored(plan, segmentIndex, left).finally(() => clearInterval(timer));
}

/** Adds the job of a segment that is waited for. */
async function demand(plan: Plan, segmentIndex: number): Promise<string> {
  const { titleId, publicationId } = plan;
  const data = { titleId, publicationId, segmentIndex, renditionId, followsPlayers: true };
  const job = await queue.add('encode-segment', data, { ...jobDefaults, removeOnComplete: false });
  return job.id ?? '';
}

const ended = (jobId: string): Promise<Job> =>
  pollUntil('the run does not end', 60_000, async () => {
    const job: Job | undefined = await queue.getJob(jobId);
    return job?.finishedOn === undefined ? undefined : job;
  });

async function storedSegments(plan: Plan): Promise<number[]> {
  const prefix = videoPrefix(plan.publicationId, renditionId);
  const { objects } = await store.list(prefix, { limit: 100 });
  const names = objects.map(({ key }) => key.slice(prefix.length));
  return Array.from({ length: 12 }, (_, index) => index).filter((index) =>
    names.includes(segmentFile(index)),
  );
}

const stored = (plan: Plan, segmentIndex: number, left?: AbortSignal): Promise<unknown> =>
  pollUntil(`segment ${segmentIndex} is not stored`, 60_000, async () =>
    left?.aborted || (await storedSegments(plan)).includes(segmentIndex) ? true : undefined,
  );

it('goes on into the next segments, and ends when it is far enough ahead of its player', async () => {
  const plan = await playable();
  await wait(plan, 1);
  const job = await ended(await demand(plan, 1));
  expect(job.failedReason).toBeUndefined();
  const segments = await storedSegments(plan);
  expect(segments.slice(0, 4)).toEqual([1, 2, 3, 4]);
  expect(segments).not.toContain(10);
  const folder = videoPrefix(plan.publicationId, renditionId);
  expect(await store.head(`${folder}${quickSegmentFile(1)}`)).toBeDefined();
  expect(await redis.exists(redisKeys.demandedRun(address(plan, 1)))).toBe(0);
  // The run was ended early, and its CPU time is the title's all the same.
  expect((await context.titles.read(plan.titleId))?.cpuSeconds).toBeGreaterThan(0);
}, 90_000);

it('follows its player for as long as it asks for more', async () => {
  const plan = await playable();
  await wait(plan, 0);
  const jobId = await demand(plan, 0);
  for (const index of [1, 2, 3, 4, 5]) {
    await stored(plan, index - 1);
    await wait(plan, index);
  }
  await ended(jobId);
  const segments = await storedSegments(plan);
  expect(segments.slice(0, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
}, 90_000);

it('ends at once when the last player leaves, and blames nobody', async () => {
  const plan = await playable();
  const left = new AbortController();
  await wait(plan, 0, left.signal);
  const jobId = await demand(plan, 0);
  await pollUntil('the job is not taken', 30_000, async () => {
    const job: Job | undefined = await queue.getJob(jobId);
    return (await job?.isActive()) || undefined;
  });
  left.abort();
  await interest.leave(address(plan, 0), 'an origin');
  const job = await ended(jobId);
  expect([job.failedReason, job.attemptsMade]).toEqual([undefined, 1]);
  expect(await storedSegments(plan)).toEqual([]);
  expect((await context.titles.read(plan.titleId))?.state).toBe('playable');
}, 90_000);

it('stops before a segment that is stored', async () => {
  const plan = await playable();
  const key = `${videoPrefix(plan.publicationId, renditionId)}${segmentFile(2)}`;
  await store.put(key, Buffer.from('stored by a span'));
  for (const index of [0, 1]) await wait(plan, index);
  await ended(await demand(plan, 0));
  expect(await storedSegments(plan)).toEqual([0, 1, 2]);
  expect((await store.read(key)).bytes.toString()).toBe('stored by a span');
}, 90_000);
