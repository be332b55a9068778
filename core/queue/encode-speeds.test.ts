import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  countMegapixels,
  defaultEncodeSpeeds,
  predictSegmentSeconds,
  readEncodeSpeeds,
  reportEncodeSpeed,
} from '#core/queue/encode-speeds.js';
import { redisKeys } from '#core/queue/queues.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { samplePublication, sampleRung } from '#fixtures/sample-publication.js';

const { plan } = samplePublication();
const rung720 = sampleRung('h264', 720, 3_200_000);
const sample = { megapixels: 120, seconds: 2.5, startupSeconds: 0.5 };

let server: RedisFixture;
let redis: Redis;

beforeAll(async () => {
  server = await startRedisServer();
  redis = connectRedis(server.url, 'request');
  redis.on('error', () => undefined);
  await waitForRedis(redis, 5_000);
});
beforeEach(async () => {
  await redis.flushall();
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

test('a speed that was never measured is the default', async () => {
  expect(await readEncodeSpeeds(redis)).toEqual(defaultEncodeSpeeds);
  await redis.hset(redisKeys.encodeSpeeds, 'h264', '{"megapixelsPerSecond":0}');
  await redis.hset(redisKeys.encodeSpeeds, 'hevc', 'damaged');
  expect(await readEncodeSpeeds(redis)).toEqual(defaultEncodeSpeeds);
});

test('the first measurement replaces the default of its codec alone', async () => {
  await reportEncodeSpeed(redis, 'h264', sample, 1_000);
  expect(await readEncodeSpeeds(redis)).toEqual({
    ...defaultEncodeSpeeds,
    h264: { megapixelsPerSecond: 60, startupSeconds: 0.5, measuredAtMs: 1_000 },
  });
});

test('later measurements move the average, and the more the older it is', async () => {
  const speedAfter = async (pauseMs: number): Promise<number> => {
    await redis.flushall();
    await reportEncodeSpeed(redis, 'h264', sample, 0);
    await reportEncodeSpeed(redis, 'h264', { ...sample, seconds: 4.5 }, pauseMs);
    return (await readEncodeSpeeds(redis)).h264.megapixelsPerSecond;
  };
  const [soon, later] = [await speedAfter(1_000), await speedAfter(3_600_000)];
  expect(soon).toBeLessThan(60);
  expect(later).toBeLessThan(soon);
  expect(later).toBeGreaterThanOrEqual(30);
});

test('ignores a run without work or time', async () => {
  await reportEncodeSpeed(redis, 'h264', { ...sample, megapixels: 0 });
  await reportEncodeSpeed(redis, 'h264', { ...sample, seconds: 0.5 });
  await reportEncodeSpeed(redis, 'h264', { ...sample, seconds: Number.NaN });
  expect(await redis.exists(redisKeys.encodeSpeeds)).toBe(0);
});

test('rejects while Redis is down', async () => {
  const away = await startRedisServer();
  const connection = connectRedis(away.url, 'request');
  connection.on('error', () => undefined);
  await waitForRedis(connection, 5_000);
  await away.stop();
  await expect(readEncodeSpeeds(connection)).rejects.toThrow();
  await expect(reportEncodeSpeed(connection, 'h264', sample)).rejects.toThrow();
  connection.disconnect();
});

test('counts encoded frames and, at a lower cost, the decoded frames of the source', () => {
  const frames = { first: 0, end: 144 };
  const whole = countMegapixels(plan, rung720, frames);
  const encoded = (144 * 1280 * 720) / 1e6;
  const decoded = whole - encoded;
  expect(decoded).toBeGreaterThan(0);
  expect(decoded).toBeLessThan((144 * 1920 * 1080) / 1e6);
  expect(countMegapixels(plan, { ...rung720, frameStep: 2 }, frames)).toBeCloseTo(encoded / 2 + decoded);
  const halfRate = { ...plan, video: { ...plan.video, averageFramesPerSecond: 12 } };
  expect(countMegapixels(halfRate, rung720, frames)).toBeCloseTo(encoded + decoded / 2);
});

test('predicts the time that the measured run took', () => {
  const megapixels = countMegapixels(plan, rung720, { first: 0, end: plan.grid.segmentFrames });
  const speed = { megapixelsPerSecond: megapixels / 2, startupSeconds: 0.5, measuredAtMs: 0 };
  expect(predictSegmentSeconds(plan, rung720, { ...defaultEncodeSpeeds, h264: speed })).toBeCloseTo(2.5);
});

test('predicts for the one segment of a short title no more than it has frames', () => {
  const short = { ...plan, grid: { ...plan.grid, frameCount: 24, segmentCount: 1 } };
  expect(predictSegmentSeconds(short, rung720, defaultEncodeSpeeds)).toBeLessThan(
    predictSegmentSeconds(plan, rung720, defaultEncodeSpeeds) / 2,
  );
});
