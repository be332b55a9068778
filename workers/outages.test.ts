import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Job, Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { publicationPrefix, segmentFile } from '#core/contracts/publication-layout.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { queueNames, queuePrefix } from '#core/queue/queues.js';
import { prepareBucket } from '#core/storage/s3/prepare-bucket.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
import { runGenerator } from '#fixtures/media/capture-ffmpeg.js';
import { describeOnMinio } from '#fixtures/minio-server.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { queueTitle } from '#fixtures/queue-title.js';
import { makeReadOnly } from '#fixtures/read-only-folder.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningEncoder, startEncoder } from '#fixtures/running-encoder.js';
import { type RunningWorker, startWorker } from '#fixtures/running-worker.js';
import type { LockTimes } from '#workers/worker-pool.js';

// Each test takes a back end away in the middle of a title's work, waits for more tries than a job has
// attempts, and gives the back end back.

const clipSeconds = 26;
const shortPauses = { firstMs: 20, maxMs: 200, maxDemandMs: 100 };
const testMs = 120_000;

let folder: string;
let clip: string;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-outages-'));
  clip = join(folder, 'clip.mp4');
  await runGenerator([
    ...['-f', 'lavfi', '-i', `testsrc2=s=320x180:r=24:d=${clipSeconds}`],
    ...['-f', 'lavfi', '-i', `sine=f=440:r=48000:d=${clipSeconds}`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', clip],
  ]);
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Parts {
  redis: RedisFixture;
  encoder: RunningEncoder;
  worker: RunningWorker;
}

async function start(storage?: Parameters<typeof startEncoder>[1], lockTimes?: LockTimes): Promise<Parts> {
  const redis = await startRedisServer();
  ends.push(() => redis.stop());
  const encoder = await startEncoder(redis.url, storage);
  ends.push(() => encoder.stop());
  const worker = await startWorker(redis.url, encoder.store, {
    outagePauses: shortPauses,
    ...(lockTimes ? { lockTimes } : {}),
  });
  ends.push(() => worker.stop());
  return { redis, encoder, worker };
}

async function whenState({ encoder }: Parts, { titleId }: TitleRecord, state: string): Promise<TitleRecord> {
  let last: TitleRecord | undefined;
  return pollUntil(
    () => `the title is not ${state} but ${last?.state}: ${JSON.stringify(last?.failure)}`,
    testMs / 2,
    async () => {
      last = await encoder.titles.read(titleId);
      if (last?.state === 'failed') throw new Error(`the title failed: ${JSON.stringify(last.failure)}`);
      return last?.state === state ? last : undefined;
    },
  );
}

/** Resolves once tasks were postponed `count` times. A failed task ends the wait: it has lost an attempt. */
const whenPostponed = ({ worker }: Parts, count: number): Promise<unknown> =>
  pollUntil('tasks are not postponed', testMs / 2, async () => {
    if ((await worker.countEnded('failed')) > 0) throw new Error('a task failed during the outage');
    return (await worker.countEnded('postponed')) >= count ? true : undefined;
  });

/** The attempts of all jobs that have ended. */
async function attemptsMade({ encoder }: Parts): Promise<number[]> {
  const jobs: Job[] = [];
  for (const name of queueNames) {
    const queue = new Queue(name, { connection: encoder.redis, prefix: queuePrefix });
    jobs.push(...(await queue.getJobs(['completed', 'failed'])));
    await queue.close();
  }
  return jobs.map((job) => job.attemptsMade);
}

async function expectReadyAtFirstAttempt(parts: Parts, record: TitleRecord): Promise<void> {
  await whenState(parts, record, 'ready');
  const attempts = await attemptsMade(parts);
  expect(attempts.length).toBeGreaterThan(2);
  expect(new Set(attempts)).toEqual(new Set([1]));
  expect(await parts.worker.countEnded('failed')).toBe(0);
}

await describeOnMinio('an outage of object storage', (minio) => {
  const startOnMinio = async (bucket: string): Promise<Parts> => {
    const { credentials } = minio();
    const url = minio().storageUrl(bucket);
    await prepareBucket(parseS3Url(new URL(url)), credentials);
    return start({ storage: { url, credentials } });
  };

  test(
    'costs a title that is being analysed no attempt',
    async () => {
      const parts = await startOnMinio('analysed');
      const record = await queueTitle(parts.encoder, clip);
      await minio().kill();
      await whenPostponed(parts, 5);
      await minio().restart();
      await expectReadyAtFirstAttempt(parts, record);
    },
    testMs,
  );

  test(
    'costs a title that is being encoded no attempt',
    async () => {
      const parts = await startOnMinio('encoded');
      const record = await queueTitle(parts.encoder, clip);
      const { publication } = await whenState(parts, record, 'playable');
      await minio().kill();
      await whenPostponed(parts, 10);
      await minio().restart();
      await expectReadyAtFirstAttempt(parts, record);
      const prefix = publicationPrefix(publication?.publicationId ?? expect.fail());
      expect((await parts.encoder.store.list(prefix)).objects.length).toBeGreaterThan(0);
    },
    testMs,
  );
});

/** Takes the volume of a folder away, and leaves the empty folder on which it was mounted. */
async function unmount(path: string): Promise<() => Promise<void>> {
  const away = `${path}-away`;
  await rename(path, away);
  await mkdir(path);
  return async () => {
    await rm(path, { recursive: true });
    await rename(away, path);
  };
}

/** Undefined, with a message, where this process may not make a folder read-only. */
async function remountReadOnly(path: string): Promise<(() => Promise<void>) | undefined> {
  const undo = await makeReadOnly(path);
  if (!undo) process.stderr.write('\nNOT TESTED: a read-only storage folder: this process may not mount\n');
  return undo;
}

describe.each([
  ['read-only', remountReadOnly],
  ['not mounted', unmount],
])('a storage folder that is %s for a while', (_how, takeAway) => {
  const startOnFolder = async (): Promise<Parts & { storeFolder: string }> => {
    const storeFolder = await mkdtemp(join(folder, 'store-'));
    return { ...(await start({ storage: { url: pathToFileURL(storeFolder).href } })), storeFolder };
  };

  test.each([
    ['analysed', 'queued', 5],
    ['encoded', 'playable', 10],
  ] as const)(
    'costs a title that is being %s no attempt',
    async (_work, state, postponed) => {
      const parts = await startOnFolder();
      const record = await queueTitle(parts.encoder, clip);
      if (state === 'playable') await whenState(parts, record, state);
      const giveBack = await takeAway(parts.storeFolder);
      if (!giveBack) return;
      try {
        await whenPostponed(parts, postponed);
      } finally {
        await giveBack();
      }
      await expectReadyAtFirstAttempt(parts, record);
    },
    testMs,
  );
});

test(
  'an outage of storage and Redis that is longer than a lock lasts costs no attempt',
  async () => {
    const storeFolder = await mkdtemp(join(folder, 'store-'));
    // Much longer than an event loop stands still on a busy machine.
    const lockTimes = { lockDuration: 1_000, stalledInterval: 500 };
    const parts = await start({ storage: { url: pathToFileURL(storeFolder).href } }, lockTimes);
    const record = await queueTitle(parts.encoder, clip);
    await whenState(parts, record, 'playable');
    const giveBack = await unmount(storeFolder);
    await whenPostponed(parts, 3);
    for (let outage = 0; outage < 3; outage += 1) {
      parts.redis.process.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 2 * lockTimes.lockDuration));
      parts.redis.process.kill('SIGCONT');
      await whenPostponed(parts, (await parts.worker.countEnded('postponed')) + 3);
    }
    await giveBack();
    await expectReadyAtFirstAttempt(parts, record);
  },
  testMs,
);

describe('an outage of Redis', () => {
  test(
    'costs a title that is being encoded no attempt',
    async () => {
      const parts = await start();
      const record = await queueTitle(parts.encoder, clip);
      await whenState(parts, record, 'playable');
      await parts.redis.kill();
      await pollUntil('the connection has noticed', 5_000, async () =>
        parts.encoder.redis.status === 'ready' ? undefined : true,
      );
      await parts.redis.restart();
      await expectReadyAtFirstAttempt(parts, record);
    },
    testMs,
  );

  test(
    'does not stop a run while Redis is frozen',
    async () => {
      const parts = await start();
      const record = await queueTitle(parts.encoder, clip);
      const { publication } = await whenState(parts, record, 'playable');
      const { publicationId, segmentCount } = publication ?? expect.fail();
      const whenStored = (file: string): Promise<unknown> =>
        pollUntil(`no rung has ${file}`, testMs / 2, async () => {
          const { objects } = await parts.encoder.store.list(`${publicationPrefix(publicationId)}v/`);
          return objects.some(({ key }) => key.endsWith(`/${file}`)) || undefined;
        });
      // The head start ends before this segment: the run of the span has begun.
      await whenStored(segmentFile(2));
      parts.redis.process.kill('SIGSTOP');
      try {
        await whenStored(segmentFile(segmentCount - 1));
      } finally {
        parts.redis.process.kill('SIGCONT');
      }
      await expectReadyAtFirstAttempt(parts, record);
    },
    testMs,
  );
});
