import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { queuePrefix, workerDefaults } from '#core/queue/queues.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { JobLocks } from '#workers/job-locks.js';

// Locks expire within a moment, so that a short outage of Redis is longer than a lock lasts.
const shortLocks = { lockDuration: 200, stalledInterval: 100 };
const jobId = 'span';
const queueName = 'encode-h264';

let server: RedisFixture;
let redis: Redis;
const ends: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  server = await startRedisServer();
  redis = connectRedis(server.url, 'worker');
  redis.on('error', () => undefined);
  await waitForRedis(redis, 5_000);
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  redis.disconnect();
  await server.stop();
});

interface Run {
  /** Attempts that have started. */
  started: number;
  /** Ends every attempt. */
  release(): void;
}

/** Starts a worker whose jobs last until they are released. */
function startWorker(): Run {
  const connection = connectRedis(server.url, 'worker');
  connection.on('error', () => undefined);
  const released = new AbortController();
  const promise = new Promise<void>((resolve) => released.signal.addEventListener('abort', () => resolve()));
  const run: Run = { started: 0, release: () => released.abort() };
  const locks = new JobLocks(connection, queueName, shortLocks.lockDuration);
  const worker = new Worker(
    queueName,
    (job, token) =>
      locks.hold(job, token, () => {
        run.started += 1;
        return promise;
      }),
    { connection, prefix: queuePrefix, ...workerDefaults, ...shortLocks },
  );
  worker.on('error', () => undefined);
  worker.on('lockRenewalFailed', (jobIds) => void locks.keepAll(jobIds));
  ends.push(async () => {
    run.release();
    await worker.close();
    connection.disconnect();
  });
  return run;
}

function openQueue(): Queue {
  const queue = new Queue(queueName, { connection: redis, prefix: queuePrefix });
  ends.push(() => queue.close());
  return queue;
}

/** Freezes Redis until every lock has expired. */
async function freezeRedis(): Promise<void> {
  server.process.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 2 * shortLocks.lockDuration));
  server.process.kill('SIGCONT');
}

it('fails no job whose lock expires again and again while Redis is away', async () => {
  const queue = openQueue();
  const run = startWorker();
  await queue.add('encode-span', {}, { jobId });
  await pollUntil('the job has started', 5_000, async () => (run.started > 0 ? true : undefined));
  for (let outage = 0; outage < 3 * workerDefaults.maxStalledCount; outage += 1) {
    await freezeRedis();
    // Long enough for a check for stalled jobs, with the lock still or again in hand.
    await pollUntil('the lock is held', 5_000, async () =>
      (await redis.exists(`${queuePrefix}:${queueName}:${jobId}:lock`)) === 1 ? true : undefined,
    );
  }
  run.release();
  const job = await pollUntil('the job has ended', 5_000, async () => {
    const found = await queue.getJob(jobId);
    return found?.finishedOn ? found : undefined;
  });
  expect(job.failedReason).toBeUndefined();
  expect(await job.getState()).toBe('completed');
  expect(job.attemptsMade).toBe(1);
  expect(job.stalledCounter).toBeLessThanOrEqual(1);
}, 60_000);

it('still fails a job whose workers end one after the other', async () => {
  const queue = openQueue();
  await queue.add('encode-span', {}, { jobId });
  // A worker that was killed has left its job active, without a lock.
  const key = `${queuePrefix}:${queueName}`;
  await redis.hset(`${key}:${jobId}`, 'stc', workerDefaults.maxStalledCount);
  await redis.lmove(`${key}:wait`, `${key}:active`, 'RIGHT', 'LEFT');
  startWorker();
  const job = await pollUntil('the job has ended', 10_000, async () => {
    const found = await queue.getJob(jobId);
    return found?.finishedOn ? found : undefined;
  });
  expect(job.failedReason).toContain('stalled');
  expect(job.stalledCounter).toBe(workerDefaults.maxStalledCount + 1);
}, 30_000);
