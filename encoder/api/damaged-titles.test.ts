import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTitleId, type TitleId } from '#core/contracts/ids.js';
import {
  planKey,
  publicationPrefix,
  reportKey,
  sourceKey,
  titleKey,
} from '#core/contracts/publication-layout.js';
import { titleListSchema } from '#core/contracts/title-resource.js';
import type { Logger } from '#core/runtime/log.js';
import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';
import { DamageLog } from '#core/titles/damage-log.js';
import { TitleStore } from '#core/titles/title-store.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningEncoder, startEncoder } from '#fixtures/running-encoder.js';
import { samplePublication } from '#fixtures/sample-publication.js';

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

/** A title whose stored record is `bytes`, beside a source and a segment. */
async function damagedTitle(bytes: string): Promise<TitleId> {
  const { record, plan } = samplePublication();
  await encoder.titles.create(record);
  await encoder.store.put(planKey(plan.publicationId), Buffer.from(JSON.stringify(plan)));
  await encoder.store.put(
    `${publicationPrefix(plan.publicationId)}v/h264-720/00000.m4s`,
    Buffer.from('video'),
  );
  await encoder.store.put(sourceKey(record.titleId), Buffer.from('source'));
  await encoder.store.put(titleKey(record.titleId), Buffer.from(bytes));
  await encoder.encoder.api.index.add(record.titleId);
  return record.titleId;
}

async function listIds(): Promise<string[]> {
  const answer = await encoder.request('/v1/titles?limit=200');
  expect(answer.status).toBe(200);
  return titleListSchema.parse(await answer.json()).titles.map(({ titleId }) => titleId);
}

test.each([
  ['garbled JSON', '{"titleId": "01', 'not_json'],
  ['no bytes', '', 'not_json'],
  ['a missing field', '{"schemaVersion":1}', 'invalid'],
  ['null', 'null', 'invalid'],
  ['another schema version', '{"schemaVersion":2}', 'other_version'],
])('a record of %s is listed as damaged, refused by name, and deleted', async (_, bytes, code) => {
  const whole = samplePublication().record;
  await encoder.titles.create(whole);
  await encoder.encoder.api.index.add(whole.titleId);
  const titleId = await damagedTitle(bytes);
  const { titles } = titleListSchema.parse(await (await encoder.request('/v1/titles?limit=200')).json());
  expect(titles).toContainEqual(
    expect.objectContaining({ titleId, state: 'damaged', damage: expect.objectContaining({ code }) }),
  );
  expect(titles.map((title) => title.titleId)).toContain(whole.titleId);
  const read = await encoder.request(`/v1/titles/${titleId}`);
  expect([read.status, ((await read.json()) as { type: string }).type]).toEqual([
    409,
    'urn:millrace:problem:damaged-title',
  ]);
  expect((await encoder.request(`/v1/titles/${titleId}`, { method: 'DELETE' })).status).toBe(204);
  expect(await encoder.titles.read(titleId)).toMatchObject({ state: 'deleted' });
  expect((await encoder.store.list(`media/${titleId}-g`)).objects).toEqual([]);
  expect(await encoder.store.head(sourceKey(titleId))).toBeUndefined();
  expect((await encoder.request(`/v1/titles/${titleId}`)).status).toBe(404);
  expect(await listIds()).not.toContain(titleId);
});

test('a scan counts damaged titles, keeps them in the index, and goes on with the others', async () => {
  const titleId = await damagedTitle('{');
  await encoder.redis.flushall();
  await encoder.encoder.reconciler.scan();
  expect(await encoder.encoder.api.probes.registry.metrics()).toMatch(
    /millrace_titles\{state="damaged",service="encoder"\} 1\n/,
  );
  expect(await listIds()).toContain(titleId);
});

test('a title is deleted although its plan is damaged', async () => {
  const { record, plan } = samplePublication();
  await encoder.titles.create(record);
  await encoder.store.put(planKey(plan.publicationId), Buffer.from('{'));
  expect((await encoder.request(`/v1/titles/${record.titleId}`, { method: 'DELETE' })).status).toBe(204);
  expect(await encoder.store.head(planKey(plan.publicationId))).toBeUndefined();
});

test('a playable title whose plan is damaged fails with the reason', async () => {
  const { record, plan } = samplePublication();
  await encoder.titles.create(record);
  await encoder.store.put(planKey(plan.publicationId), Buffer.from('{'));
  await encoder.encoder.reconciler.scan();
  const { failure } = (await encoder.titles.read(record.titleId)) ?? {};
  expect(failure?.detail).toContain('its plan is damaged');
});

test('a damaged report is named, and made again on request', async () => {
  const { record, plan } = samplePublication();
  await encoder.titles.create({ ...record, state: 'ready' });
  await encoder.store.put(reportKey(plan.publicationId), Buffer.from('{'));
  const path = `/v1/titles/${record.titleId}/report`;
  const read = await encoder.request(path);
  expect([read.status, ((await read.json()) as { type: string }).type]).toEqual([
    500,
    'urn:millrace:problem:damaged-report',
  ]);
  expect((await encoder.request(path, { method: 'POST' })).status).toBe(202);
  expect(await encoder.store.head(reportKey(plan.publicationId))).toBeUndefined();
});

test('one record that storage cannot read is damaged; without storage nothing is known', async () => {
  const titleId = createTitleId();
  const lines: string[] = [];
  const log: Pick<Logger, 'error'> = { error: (_fields: object, line?: string) => lines.push(line ?? '') };
  let isAway = false;
  const badSector = new ObjectStoreError('unavailable', titleKey(titleId), 'a bad sector');
  const store = Object.create(encoder.store) as ObjectStore;
  store.read = () => Promise.reject(badSector);
  store.list = (...query) => (isAway ? Promise.reject(badSector) : encoder.store.list(...query));
  const titles = new TitleStore(store, new DamageLog(log));
  const damaged = { state: 'damaged', damage: { code: 'unreadable', message: 'a bad sector' } };
  expect(await titles.readOrDescribe(titleId)).toMatchObject(damaged);
  expect(await titles.readOrDescribe(titleId)).toMatchObject(damaged);
  expect(lines).toEqual(['damaged in storage: a bad sector']);
  isAway = true;
  await expect(titles.readOrDescribe(titleId)).rejects.toBe(badSector);
});
