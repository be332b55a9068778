import { afterAll, beforeAll, expect, test } from 'vitest';
import { EncoderClient } from '#cli/api/encoder-client.js';
import { surveyTitles } from '#cli/up/survey-titles.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningEncoder, startEncoder } from '#fixtures/running-encoder.js';

let redis: RedisFixture;
let encoder: RunningEncoder;

beforeAll(async () => {
  redis = await startRedisServer();
  encoder = await startEncoder(redis.url);
});

afterAll(async () => {
  await encoder.stop();
  await redis.stop();
});

async function createTitle(fileName: string): Promise<void> {
  const answer = await encoder.request('/v1/titles', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fileName, bytes: 4 }),
  });
  expect(answer.status).toBe(201);
}

test.each([
  ['more titles than are shown', 14],
  ['more titles than one page holds', 120],
])('counts %s, and returns the newest ten', async (_what, wanted) => {
  const client = new EncoderClient(encoder.url, encoder.apiKey);
  const { count: before } = await surveyTitles(client);
  for (let index = before; index < wanted; index += 1) await createTitle(`clip ${index}.mp4`);
  const { newest, count } = await surveyTitles(client);
  expect(count).toBe(wanted);
  expect(newest.map(({ name }) => name)).toEqual(
    Array.from({ length: 10 }, (_, index) => `clip ${wanted - 1 - index}`),
  );
});
