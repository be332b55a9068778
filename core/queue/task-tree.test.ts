import { FlowProducer, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { demandQueue, jobDefaults, priorities, queuePrefix } from '#core/queue/queues.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import { headStartJob, publicationFlow } from '#core/queue/task-tree.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { samplePublication } from '#fixtures/sample-publication.js';

let server: RedisFixture;
let redis: Redis;

beforeAll(async () => {
  server = await startRedisServer();
  redis = connectRedis(server.url, 'worker');
  await waitForRedis(redis, 5_000);
});

afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

it('puts head starts where no span can be in front of them', () => {
  const { plan } = samplePublication();
  const queueNames = publicationFlow(plan).children?.map((child) => child.queueName);
  expect(headStartJob(plan, ['h264-234']).queueName).toBe(demandQueue);
  expect(queueNames).not.toContain(demandQueue);
});

it('has head starts taken in the order of their titles, after every demand', async () => {
  const connection = { connection: redis, prefix: queuePrefix };
  const flows = new FlowProducer(connection);
  const queue = new Queue(demandQueue, connection);
  const plans = [samplePublication().plan, samplePublication().plan];
  for (const plan of plans) await flows.add(headStartJob(plan, ['h264-234']));
  // Of an attempt that was repeated: a title has one head start.
  for (const plan of plans) await flows.add(headStartJob(plan, ['h264-234']));
  await queue.add('encode-segment', {}, { ...jobDefaults, jobId: 'demand', priority: priorities.demand });
  const taken: string[] = [];
  await new Promise<void>((resolve) => {
    const worker = new Worker(
      demandQueue,
      async ({ id }) => {
        taken.push(id ?? '');
        if (taken.length === 3) setImmediate(() => void worker.close().then(resolve));
      },
      { ...connection, concurrency: 1 },
    );
  });
  expect(taken).toEqual(['demand', ...plans.map(({ publicationId }) => `head-start-${publicationId}`)]);
  expect(await queue.getJobCountByTypes('waiting', 'prioritized', 'delayed')).toBe(0);
  await Promise.all([queue.close(), flows.close()]);
}, 30_000);
