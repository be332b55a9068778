import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { jobDefaults, queuePrefix, redisKeys } from '#core/queue/queues.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import { createLogger } from '#core/runtime/log.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { samplePublication } from '#fixtures/sample-publication.js';
import type { TaskContext } from '#workers/tasks/task-context.js';
import { type Pool, startPool } from '#workers/worker-pool.js';

let server: RedisFixture;
let redis: Redis;
let demands: Queue;
let otherWork: Queue;
let pools: Pool[];
/** Ends the jobs that keep a machine busy. */
let release: () => void;
let released: Promise<void>;

beforeAll(async () => {
  server = await startRedisServer();
});

afterAll(async () => {
  await server.stop();
});

beforeEach(async () => {
  redis = connectRedis(server.url, 'worker');
  await waitForRedis(redis, 5_000);
  await redis.flushall();
  demands = new Queue('demand', { connection: redis, prefix: queuePrefix });
  otherWork = new Queue('publish', { connection: redis, prefix: queuePrefix });
  pools = [];
  released = new Promise((resolve) => {
    release = resolve;
  });
});

afterEach(async () => {
  release();
  await Promise.all(pools.map((pool) => pool.stop()));
  await Promise.all([demands.close(), otherWork.close()]);
  redis.disconnect();
});

const { titleId, publicationId } = samplePublication().plan;
const headStart = { titleId, publicationId, renditionIds: ['h264-180'] };

/** Counts the jobs of a pool by how they ended. */
type Outcomes = () => Promise<Record<string, number>>;

/** Starts a worker that is alone on its machine, or one of several. */
function startWorker(machineId: string, queues: ('demand' | 'publish')[] = ['demand']): Outcomes {
  const registry = new Registry();
  // A head start waits for its plan until it is released. Other demands fail at once: there is no such task.
  const context = { redis, plans: { read: () => released } } as unknown as TaskContext;
  const log = createLogger('worker', 'silent');
  pools.push(startPool({ context, queues, slots: 1, redisUrl: server.url, log, registry, machineId }));
  return async () => {
    const metrics = await registry.getMetricsAsJSON();
    const values = metrics.find(({ name }) => name === 'millrace_tasks_total')?.values ?? [];
    return Object.fromEntries(
      values.map(({ labels, value }) => [String((labels as { outcome?: string }).outcome), value]),
    );
  };
}

async function startBusyWorker(machineId: string): Promise<Outcomes> {
  const outcomes = startWorker(machineId, ['demand', 'publish']);
  const job = await otherWork.add('head-start', headStart, { ...jobDefaults, attempts: 1 });
  await pollUntil('no job runs', 5_000, async () => ((await job.isActive()) ? true : undefined), 10);
  return outcomes;
}

/** Adds demands one after the other, each when the last one has ended. */
async function addDemands(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const job = await demands.add('encode-hologram', {}, { ...jobDefaults, attempts: 1, priority: 1 });
    await pollUntil('the demand did not end', 10_000, async () => (await job.isFailed()) || undefined, 10);
  }
}

async function untilIdle(machineId: string): Promise<void> {
  await pollUntil(`${machineId} is not idle`, 5_000, async () =>
    (await redis.exists(redisKeys.idleMachine(machineId))) === 1 ? true : undefined,
  );
}

it('leaves every demand to the machine that has no other work', async () => {
  const busy = await startBusyWorker('busy');
  const idle = startWorker('idle');
  for (let index = 0; index < 8; index += 1) {
    await untilIdle('idle');
    await addDemands(1);
  }
  expect(await idle()).toEqual({ failed: 8 });
  expect((await busy())['failed']).toBeUndefined();
});

it('takes demands while no other machine is idle', async () => {
  const busy = await startBusyWorker('busy');
  await addDemands(3);
  expect(await busy()).toEqual({ failed: 3 });
});

it('takes demands itself that an idle machine leaves because it has died', async () => {
  const busy = await startBusyWorker('busy');
  await redis.sadd(redisKeys.idleMachines, 'dead');
  await redis.set(redisKeys.idleMachine('dead'), '1');
  await addDemands(3);
  expect(await busy()).toEqual({ failed: 3 });
});

it('forgets machines that are gone', async () => {
  await redis.sadd(redisKeys.idleMachines, 'gone');
  await startBusyWorker('busy');
  await addDemands(1);
  expect(await redis.smembers(redisKeys.idleMachines)).not.toContain('gone');
});

it('leaves nothing to another worker on the same machine', async () => {
  const busy = await startBusyWorker('one');
  await redis.sadd(redisKeys.idleMachines, 'one');
  await redis.set(redisKeys.idleMachine('one'), '1');
  await addDemands(3);
  expect(await busy()).toEqual({ failed: 3 });
});
