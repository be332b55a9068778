import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { progressEventSchema } from '#core/contracts/title-resource.js';
import { redisKeys } from '#core/queue/queues.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import { TitleProgress } from '#core/titles/title-progress.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { samplePublication } from '#fixtures/sample-publication.js';

let server: RedisFixture;
let redis: Redis;

beforeAll(async () => {
  server = await startRedisServer();
  redis = connectRedis(server.url, 'request');
  redis.on('error', () => undefined);
  await waitForRedis(redis, 5_000);
});

afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

test('counts each stored segment once, however often it is reported', async () => {
  const { record, plan } = samplePublication();
  const progress = new TitleProgress(redis);
  expect(await progress.count(record)).toEqual({ segmentsStored: 0, segmentsTotal: 600 });
  for (const index of [0, 1, 1]) await progress.segmentStored(plan, `v/h264-720/0000${index}.m4s`);
  expect(await progress.count(record)).toEqual({ segmentsStored: 2, segmentsTotal: 600 });
  await progress.forget(plan.publicationId);
  expect(await progress.count(record)).toEqual({ segmentsStored: 0, segmentsTotal: 600 });
});

test('knows which video segments are stored, until the publication is forgotten', async () => {
  const { plan } = samplePublication();
  const progress = new TitleProgress(redis);
  for (const path of ['v/h264-720/00000.m4s', 'v/h264-1080/00099.m4s', 'a/en-2/00000.m4s'])
    await progress.segmentStored(plan, path);
  const stored = await progress.readStored(plan);
  expect(plan.rungs.map(({ renditionId }) => stored.count(renditionId))).toEqual([0, 0, 0, 1, 1]);
  expect([stored.has('h264-720', 0), stored.has('h264-720', 1)]).toEqual([true, false]);
  expect(await redis.ttl(redisKeys.storedBits(plan.publicationId))).toBeGreaterThan(3_600);
  await progress.forget(plan.publicationId);
  expect((await progress.readStored(plan)).count('h264-720')).toBe(0);
});

test('counts every segment of a ready title, and none before there is a plan', async () => {
  const { record } = samplePublication();
  const progress = new TitleProgress(redis);
  const all = { segmentsStored: 600, segmentsTotal: 600 };
  expect(await progress.count({ ...record, state: 'ready' })).toEqual(all);
  expect(await progress.count({ state: 'queued' })).toEqual({ segmentsStored: 0, segmentsTotal: 0 });
});

test('publishes the same counts for a segment, for a title that changed, and for a reader', async () => {
  const { record, plan } = samplePublication();
  const progress = new TitleProgress(redis);
  const listener = redis.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null });
  const published: unknown[] = [];
  listener.on('message', (_channel, text: string) => published.push(JSON.parse(text)));
  await listener.subscribe(redisKeys.progressChannel(record.titleId));
  await progress.segmentStored(plan, 'v/h264-720/00000.m4s');
  const failure = { code: 'internal' as const, message: 'It failed.' };
  await progress.titleChanged({ ...record, state: 'failed', failure });
  await pollUntil('both events', 5_000, async () => (published.length === 2 ? true : undefined));
  listener.disconnect();
  const counts = { titleId: record.titleId, segmentsStored: 1, segmentsTotal: 600 };
  expect(published.map((event) => progressEventSchema.parse(event))).toMatchObject([
    { ...counts, state: 'playable' },
    { ...counts, state: 'failed', failure },
  ]);
  expect(await progress.eventOf(record)).toMatchObject({ ...counts, state: 'playable' });
});

test('loses events and counts, not work, while Redis is down', async () => {
  const { record, plan } = samplePublication();
  const away = await startRedisServer();
  const connection = connectRedis(away.url, 'request');
  connection.on('error', () => undefined);
  await waitForRedis(connection, 5_000);
  const lost: unknown[] = [];
  const progress = new TitleProgress(connection, (error) => lost.push(error));
  await away.stop();
  await progress.segmentStored(plan, 'v/h264-720/00000.m4s');
  await progress.titleChanged(record);
  expect(await progress.count(record)).toEqual({ segmentsStored: 0, segmentsTotal: 600 });
  expect(lost).toHaveLength(2);
  connection.disconnect();
});

test('reports a lost event instead of waiting for a frozen Redis', async () => {
  const { plan } = samplePublication();
  const lost: unknown[] = [];
  const progress = new TitleProgress(redis, (error) => lost.push(error));
  server.process.kill('SIGSTOP');
  try {
    await progress.segmentStored(plan, 'v/h264-720/00000.m4s');
  } finally {
    server.process.kill('SIGCONT');
  }
  expect(lost).toMatchObject([{ message: 'Redis: no answer within 1000 ms' }]);
});
