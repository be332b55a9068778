import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTitleId, type TitleId } from '#core/contracts/ids.js';
import { titleKey } from '#core/contracts/publication-layout.js';
import { redisKeys } from '#core/queue/queues.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';
import { TitleIndex } from '#core/titles/title-index.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';

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

/** Five titles, oldest first, in a store that counts its listings, and an index over them. */
function titlesIn(connection: Redis) {
  const ids = Array.from({ length: 5 }, () => createTitleId());
  const state = { ids, listings: 0, away: false, nowMs: 0 };
  const list: ObjectStore['list'] = async () => {
    state.listings += 1;
    if (state.away) throw new ObjectStoreError('unavailable', '', 'storage is down');
    const keys = [...state.ids.map(titleKey), 'titles/notes.txt'];
    const objects = keys.map((key) => ({
      key,
      bytes: 1,
      etag: '"1"',
      lastModified: new Date(),
      contentType: undefined,
    }));
    return { objects, next: undefined };
  };
  return { state, ids, index: new TitleIndex(connection, { list }, () => state.nowMs) };
}

const newestFirst = (ids: readonly TitleId[]): TitleId[] => [...ids].reverse();

test('pages from Redis, newest first', async () => {
  const { state, ids, index } = titlesIn(redis);
  for (const id of ids) await index.add(id);
  const first = await index.page(undefined, 2);
  expect([...first, ...(await index.page(first.at(-1), 10))]).toEqual(newestFirst(ids));
  await index.remove(ids[4] as TitleId);
  expect(await index.page(undefined, 1)).toEqual([ids[3]]);
  expect(await index.page(ids[0], 10)).toEqual([]);
  expect(state.listings).toBe(0);
});

test('pages from storage after Redis has lost the set, until it is repaired', async () => {
  const { state, ids, index } = titlesIn(redis);
  const first = await index.page(undefined, 2);
  expect([...first, ...(await index.page(first.at(-1), 10))]).toEqual(newestFirst(ids));
  expect(state.listings).toBe(1);
  await redis.zadd(redisKeys.catalogue, 0, createTitleId());
  const deleted = ids.slice(0, 1);
  await index.repair(ids.slice(1), deleted);
  expect(await index.size()).toBe(5);
  expect((await index.page(undefined, 10)).slice(1)).toEqual(newestFirst(ids.slice(1)));
});

test('pages from storage while Redis is down, and from the last listing while both are', async () => {
  const away = await startRedisServer();
  const connection = connectRedis(away.url, 'request');
  connection.on('error', () => undefined);
  await waitForRedis(connection, 5_000);
  const { state, ids, index } = titlesIn(connection);
  for (const id of ids) await index.add(id);
  await away.stop();
  expect(await index.page(undefined, 10)).toEqual(newestFirst(ids));
  state.ids.push(createTitleId());
  state.nowMs = 5_000;
  expect(await index.page(undefined, 10)).toHaveLength(6);
  state.away = true;
  state.nowMs = 60_000;
  expect(await index.page(undefined, 10)).toHaveLength(6);
  state.nowMs = 80_000;
  await expect(index.page(undefined, 10)).rejects.toMatchObject({ code: 'unavailable' });
  connection.disconnect();
});
