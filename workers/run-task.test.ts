import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SourceRefusedError } from '#core/contracts/failure.js';
import type { Plan } from '#core/contracts/plan.js';
import {
  audioFolder,
  initFile,
  planKey,
  publicationPrefix,
  quickSegmentFile,
  segmentFile,
  spanFactsFile,
  videoFolder,
} from '#core/contracts/publication-layout.js';
import { jobDefaults, type QueueName, queuePrefix, redisKeys } from '#core/queue/queues.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import { createLogger } from '#core/runtime/log.js';
import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import type { PlanReader } from '#core/titles/plan-reader.js';
import { runGenerator } from '#fixtures/media/capture-ffmpeg.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningWorker, startWorker } from '#fixtures/running-worker.js';
import { samplePublication, sampleRung } from '#fixtures/sample-publication.js';
import { runTask } from '#workers/run-task.js';
import { encodeAudio } from '#workers/tasks/encode-audio.js';
import type { TaskContext } from '#workers/tasks/task-context.js';

let folder: string;
let server: RedisFixture;
let redis: Redis;
let store: ObjectStore;
let context: TaskContext;
let worker: RunningWorker;
const log = createLogger('worker', 'silent');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-run-task-'));
  server = await startRedisServer();
  redis = connectRedis(server.url, 'worker');
  await waitForRedis(redis, 5_000);
  store = openObjectStore(`file://${join(folder, 'store')}`, undefined);
  worker = await startWorker(server.url, store, { queues: ['demand', 'publish'] });
  ({ context } = worker);
});

afterAll(async () => {
  await worker.stop();
  redis.disconnect();
  await store.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A playable title with a plan and nothing encoded, whose source is 320x180. */
async function playable(): Promise<Plan> {
  const { record, plan } = samplePublication({ rungs: [sampleRung('h264', 180, 700_000)] });
  const size = { codedWidth: 320, codedHeight: 180, displayWidth: 320, displayHeight: 180 };
  const small: Plan = { ...plan, video: { ...plan.video, ...size } };
  await context.titles.create(record);
  await store.put(planKey(plan.publicationId), Buffer.from(JSON.stringify(small)));
  return small;
}

/** Runs a job to its end and resolves to it. */
async function runJob(queueName: QueueName, name: string, data: unknown): Promise<Job> {
  const queue = new Queue(queueName, { connection: redis, prefix: queuePrefix });
  try {
    const added = await queue.add(name, data, { ...jobDefaults, backoff: { type: 'fixed', delay: 10 } });
    return await pollUntil(`job ${name} did not end`, 60_000, async () => {
      const job: Job | undefined = await queue.getJob(added.id ?? '');
      return job && (job.finishedOn ?? 0) > 0 ? job : undefined;
    });
  } finally {
    await queue.close();
  }
}

/** Stores objects that have the sizes which the plan's facts name, but are not media. */
async function storeGarbage(plan: Plan): Promise<void> {
  const prefix = publicationPrefix(plan.publicationId);
  const put = (path: string, body: string): Promise<unknown> => store.put(prefix + path, Buffer.from(body));
  const [rung] = plan.rungs;
  const [audio] = plan.audio;
  const folders = [videoFolder(rung?.renditionId ?? ''), audioFolder(audio?.renditionId ?? '')];
  const indexes = Array.from({ length: plan.grid.segmentCount }, (_, index) => index);
  for (const path of folders) {
    await put(`${path}/${initFile}`, 'not an init segment');
    for (const index of indexes) await put(`${path}/${segmentFile(index)}`, 'x'.repeat(10_000));
  }
  const facts = indexes.map((segmentIndex) => ({
    segmentIndex,
    bytes: 10_000,
    frames: plan.grid.segmentFrames,
    keyFrames: [0, 1, 2].map((gop) => ({ offsetBytes: gop * 3_000, lengthBytes: 2_000 })),
  }));
  await put(`${folders[0]}/${spanFactsFile(0)}`, JSON.stringify(facts));
}

it('tries a publication once that the checker refuses, and fails its title', async () => {
  const { titleId, publicationId, ...plan } = await playable();
  await storeGarbage({ titleId, publicationId, ...plan });
  const job = await runJob('publish', 'publish', { titleId, publicationId });
  expect(job.failedReason).toContain('rules are broken');
  expect(job.attemptsMade).toBe(1);
  expect(await context.titles.read(titleId)).toMatchObject({
    state: 'failed',
    failure: { code: 'internal' },
  });
}, 90_000);

it('tries a publication again while objects are missing', async () => {
  const { titleId, publicationId } = await playable();
  const job = await runJob('publish', 'publish', { titleId, publicationId });
  expect(job.failedReason).toContain('never checked');
  expect(job.attemptsMade).toBe(3);
  expect((await context.titles.read(titleId))?.state).toBe('failed');
}, 90_000);

it.each([
  ['a demand', 'encode-segment', { segmentIndex: 0, renditionId: 'h264-180' }],
  [
    'a demand that an older release queued',
    'encode-span',
    {
      span: { spanIndex: 0, firstSegment: 0, segmentCount: 1 },
      renditionIds: ['h264-180'],
      demand: true,
    },
  ],
])(
  'encodes the segment of %s, and leaves its facts to its span',
  async (_what, name, data) => {
    const plan = await playable();
    const { titleId, publicationId } = plan;
    const path = join(folder, 'source.mp4');
    await runGenerator([
      ...['-y', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=24:d=7'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', path],
    ]);
    await store.put(plan.source.key, createReadStream(path));
    const job = await runJob('demand', name, { titleId, publicationId, ...data });
    expect(job.failedReason).toBeUndefined();
    const rung = `${publicationPrefix(publicationId)}${videoFolder('h264-180')}/`;
    expect((await store.head(rung + initFile))?.bytes).toBeGreaterThan(0);
    expect((await store.head(rung + segmentFile(0)))?.bytes).toBeGreaterThan(0);
    expect(await store.head(rung + segmentFile(1))).toBeUndefined();
    expect(await store.head(rung + spanFactsFile(0))).toBeUndefined();
    expect((await context.titles.read(titleId))?.state).toBe('playable');
  },
  90_000,
);

it('gives the first two segments of the chosen renditions a head start, in one run', async () => {
  const plan = await playable();
  const { titleId, publicationId } = plan;
  const path = join(folder, 'head-start.mp4');
  await runGenerator([
    ...['-y', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=24:d=40', '-f', 'lavfi', '-i', 'sine=f=440:d=40'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', path],
  ]);
  await store.put(plan.source.key, createReadStream(path));
  const listener = redis.duplicate();
  const announced: string[] = [];
  listener.on('message', (_channel, message: string) => announced.push(message));
  await listener.subscribe(redisKeys.storedChannel(publicationId));
  const encodes = vi.spyOn(context.ffmpeg, 'encode');
  const job = await runJob('demand', 'head-start', {
    titleId,
    publicationId,
    renditionIds: ['h264-180', 'en-2'],
  });
  listener.disconnect();
  expect(job.failedReason).toBeUndefined();
  const runs = encodes.mock.calls.map(([run]) => run);
  const audioRun = runs.find(({ outputs: [output] }) => output?.path?.endsWith('audio.mp4'));
  // A player that waits for the video waits for the audio too, so the video run must not stop it.
  expect(audioRun?.priority).toBe('start');
  encodes.mockRestore();
  // The requests that have joined the run are woken by each segment, and by its end.
  expect(announced.filter((path) => path.startsWith('v/'))).toEqual([
    'v/h264-180/00000.m4s',
    'v/h264-180/00001.m4s',
    'v/h264-180/run-ended',
  ]);
  const prefix = publicationPrefix(publicationId);
  const video = `${prefix}${videoFolder('h264-180')}/`;
  const audio = `${prefix}${audioFolder('en-2')}/`;
  const files = [initFile, segmentFile(0), segmentFile(1)];
  // Video that somebody waits for is encoded quickly, and each such segment is marked.
  const marks = [quickSegmentFile(0), quickSegmentFile(1)];
  const listed = async (media: string): Promise<string[]> =>
    (await store.list(media)).objects.map(({ key }) => key.slice(media.length)).toSorted();
  expect(await listed(video)).toEqual([...files, ...marks].toSorted());
  expect(await listed(audio)).toEqual(files.toSorted());
  const started = await Promise.all(files.map(async (file) => (await store.read(audio + file)).bytes));
  for (const file of files) await store.delete(audio + file);
  const attempt = { log, signal: new AbortController().signal };
  await encodeAudio(context, { titleId, publicationId, renditionId: 'en-2' }, attempt);
  const whole = await Promise.all(files.map(async (file) => (await store.read(audio + file)).bytes));
  expect(started.map((bytes, index) => bytes.equals(whole[index] ?? Buffer.of()))).toEqual(
    files.map(() => true),
  );
}, 90_000);

it('does not end a title whose head start fails, which its spans try again', async () => {
  const { titleId, publicationId } = await playable();
  const data = { titleId, publicationId, renditionIds: ['h264-180'] };
  const job = { name: 'head-start', data, attemptsMade: 1, opts: { attempts: 2 } } as unknown as Job;
  const attempt = { log, signal: new AbortController().signal };
  const failing = { read: () => Promise.reject(new Error('storage is away')) };
  const broken = { ...context, plans: failing as unknown as PlanReader };
  await expect(runTask(broken, job, attempt)).rejects.toThrow('storage is away');
  expect((await context.titles.read(titleId))?.state).toBe('playable');
}, 90_000);

/** Runs the last attempt at a span whose plan cannot be read because of `error`. */
async function runLastAttempt(
  { titleId, publicationId }: Plan,
  error: Error,
  parts: Partial<TaskContext> = {},
): Promise<void> {
  const data = {
    ...{ titleId, publicationId, renditionIds: ['h264-180'] },
    span: { spanIndex: 0, firstSegment: 0, segmentCount: 1 },
  };
  const job = { name: 'encode-span', data, attemptsMade: 2, opts: { attempts: 3 } } as unknown as Job;
  const plans = { read: () => Promise.reject(error) } as unknown as PlanReader;
  await runTask({ ...context, ...parts, plans }, job, { log, signal: new AbortController().signal });
}

it('does not end a title whose last attempt meets an outage', async () => {
  const plan = await playable();
  const outage = new ObjectStoreError('unavailable', 'plan', 'nothing listens there');
  await expect(runLastAttempt(plan, outage)).rejects.toBe(outage);
  expect((await context.titles.read(plan.titleId))?.state).toBe('playable');
});

it('does not blame a source that the disk cannot read', async () => {
  const plan = await playable();
  const refusal = new SourceRefusedError('truncated', 'the video ends early');
  // The kernel answers EIO: nothing is mapped at address 0.
  const unreadable = Object.create(store) as ObjectStore;
  unreadable.openSource = async () => ({ path: '/proc/self/mem', release: async () => undefined });
  await expect(runLastAttempt(plan, refusal, { store: unreadable })).rejects.toMatchObject({ code: 'EIO' });
  expect((await context.titles.read(plan.titleId))?.state).toBe('playable');
  await store.put(plan.source.key, Buffer.from('clip'));
  await expect(runLastAttempt(plan, refusal)).rejects.toThrow('the video ends early');
  expect(await context.titles.read(plan.titleId)).toMatchObject({
    state: 'failed',
    failure: { code: 'truncated' },
  });
});

it('does not blame a title for a task that only a newer release knows', async () => {
  const { titleId } = await playable();
  const job = { name: 'encode-hologram', data: { titleId }, attemptsMade: 2, opts: { attempts: 3 } } as Job;
  const attempt = { log, signal: new AbortController().signal };
  await expect(runTask(context, job, attempt)).rejects.toThrow('there is no task named "encode-hologram"');
  expect((await context.titles.read(titleId))?.state).toBe('playable');
});
