import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultEncodeSpeeds, reportEncodeSpeed } from '#core/queue/encode-speeds.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import { TitleProgress } from '#core/titles/title-progress.js';
import { ReadinessReader } from '#delivery/titles/readiness-reader.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { samplePublication } from '#fixtures/sample-publication.js';

const { plan } = samplePublication();
const speed = { megapixels: 100, seconds: 1, startupSeconds: 0 };

let server: RedisFixture;
let redis: Redis;
let nowMs: number;

beforeEach(async () => {
  nowMs = 1_000_000;
  server = await startRedisServer();
  redis = connectRedis(server.url, 'request');
  redis.on('error', () => undefined);
  await waitForRedis(redis, 5_000);
});
afterEach(async () => {
  redis.disconnect();
  await server.stop();
});

function createReader(): { reader: ReadinessReader; progress: TitleProgress } {
  const progress = new TitleProgress(redis);
  return { progress, reader: new ReadinessReader(redis, progress, () => nowMs) };
}

test('reads what is stored and how fast the pool is, again after a second', async () => {
  const { reader, progress } = createReader();
  const before = await reader.read(plan);
  expect(before.speeds).toEqual(defaultEncodeSpeeds);
  expect(before.stored.count('h264-720')).toBe(0);
  await progress.segmentStored(plan, 'v/h264-720/00000.m4s');
  await reportEncodeSpeed(redis, 'h264', speed);
  nowMs += 999;
  expect(await reader.read(plan)).toBe(before);
  nowMs += 1;
  const after = await reader.read(plan);
  expect(after.speeds.h264.megapixelsPerSecond).toBe(100);
  expect(after.stored.count('h264-720')).toBe(1);
});

test('answers what was last known while Redis is down', async () => {
  const { reader, progress } = createReader();
  await progress.segmentStored(plan, 'v/h264-720/00000.m4s');
  await reportEncodeSpeed(redis, 'h264', speed);
  const known = await reader.read(plan);
  await server.stop();
  nowMs += 5_000;
  expect(await reader.read(plan)).toBe(known);
  const unknown = await reader.read(samplePublication().plan);
  expect(unknown.speeds).toEqual(defaultEncodeSpeeds);
  expect(unknown.stored.count('h264-720')).toBe(0);
});

test('does not wait for a Redis that hangs', async () => {
  const hanging = {
    readStored: () => new Promise<never>(() => undefined),
  };
  const reader = new ReadinessReader(redis, hanging, () => nowMs);
  expect((await reader.read(plan)).speeds).toEqual(defaultEncodeSpeeds);
});
