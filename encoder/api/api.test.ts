import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTitleId, titleIdSchema } from '#core/contracts/ids.js';
import { planKey, publicationPrefix, sourceKey } from '#core/contracts/publication-layout.js';
import { progressEventSchema, titleListSchema, titleResourceSchema } from '#core/contracts/title-resource.js';
import { redisKeys } from '#core/queue/queues.js';
import { TitleProgress } from '#core/titles/title-progress.js';
import { ApiKeys, apiKeysKey } from '#encoder/api/api-keys.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningEncoder, startEncoder } from '#fixtures/running-encoder.js';
import { samplePublication } from '#fixtures/sample-publication.js';
import { ambiguousRequests, sendRaw } from '#fixtures/send-raw.js';

let redis: RedisFixture;
let encoder: RunningEncoder;

beforeAll(async () => {
  redis = await startRedisServer();
  encoder = await startEncoder(redis.url, { maxSourceBytes: 1_000_000 });
});

afterAll(async () => {
  await encoder.stop();
  await redis.stop();
});

const json = { 'content-type': 'application/json' };
const newTitle = (fields: object = {}) => JSON.stringify({ fileName: 'film.mp4', bytes: 4, ...fields });

async function create(body = newTitle(), headers: Record<string, string> = {}): Promise<Response> {
  return encoder.request('/v1/titles', { method: 'POST', headers: { ...json, ...headers }, body });
}

async function expectProblem(answer: Response, status: number, kind?: string): Promise<void> {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await answer.json()) as Record<string, unknown>;
  expect(problem).toMatchObject({ status, requestId: answer.headers.get('x-request-id') });
  if (kind) expect(problem.type).toBe(`urn:millrace:problem:${kind}`);
}

test('creates a title and returns the address of its upload', async () => {
  const answer = await create(newTitle({ name: 'Named', settings: { codecs: ['h264', 'av1'] } }));
  expect(answer.status).toBe(201);
  const title = titleResourceSchema.parse(await answer.json());
  expect(title).toMatchObject({ name: 'Named', state: 'uploading', settings: { codecs: ['h264', 'av1'] } });
  expect(answer.headers.get('location')).toBe(`/v1/titles/${title.titleId}`);
  expect(answer.headers.get('upload-location')).toBe(`/v1/uploads/${title.titleId}`);
  const read = await encoder.request(`/v1/titles/${title.titleId}`);
  expect(titleResourceSchema.parse(await read.json()).titleId).toBe(title.titleId);
});

test('fifty identical submissions at once create one title and get fifty identical responses', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => create(newTitle({ name: 'Once' }), { 'idempotency-key': 'once' })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
  const { titles } = titleListSchema.parse(await (await encoder.request('/v1/titles?limit=200')).json());
  expect(titles.filter(({ name }) => name === 'Once')).toHaveLength(1);
  await expectProblem(
    await create(newTitle({ name: 'Twice' }), { 'idempotency-key': 'once' }),
    422,
    'idempotency-key-reused',
  );
});

test.each([
  ['invalid JSON', 400, json, '{'],
  ['an empty body', 400, json, ''],
  ['an unknown key', 400, json, newTitle({ x: 1 })],
  ['an unknown setting', 400, json, newTitle({ settings: { x: 1 } })],
  ['__proto__', 400, json, '{"fileName":"a","bytes":1,"__proto__":{"x":1}}'],
  ['a nested __proto__', 400, json, '{"fileName":"a","bytes":1,"settings":{"__proto__":{}}}'],
  ['negative bytes', 400, json, newTitle({ bytes: -1 })],
  ['a source over the size limit', 413, json, newTitle({ bytes: 1_000_001 })],
  ['a body over the size limit', 413, json, newTitle({ name: 'x'.repeat(70_000) })],
  ['XML', 415, { 'content-type': 'application/xml' }, '<a/>'],
  ['no content type', 415, { 'content-type': '' }, newTitle()],
  ['a compressed body', 415, { ...json, 'content-encoding': 'gzip' }, newTitle()],
])('refuses %s', async (_case, status, headers, body) => {
  await expectProblem(await encoder.request('/v1/titles', { method: 'POST', headers, body }), status);
});

test('refuses a ladder that cannot be encoded, with every reason', async () => {
  const ladder = [
    { height: 720, maxBitsPerSecond: 3_000_000 },
    { height: 360, maxBitsPerSecond: 2_000_000 },
    { height: 1080, maxBitsPerSecond: 100_000_000 },
    { height: 2160, maxBitsPerSecond: 100_000_000 },
  ];
  const moreBits = (rung: string, other: string) => `${rung} must have more bits than ${other}: rungs ascend`;
  const answer = await create(newTitle({ settings: { ladder } }));
  expect(await answer.clone().json()).toMatchObject({
    errors: [
      moreBits('rung 2 (360 lines, 2000 kb/s)', 'rung 1 (720 lines, 3000 kb/s)'),
      moreBits('rung 4 (2160 lines, 100000 kb/s)', 'rung 3 (1080 lines, 100000 kb/s)'),
    ],
  });
  await expectProblem(answer, 422, 'ladder');
});

test('refuses invalid settings with every reason, including those between rungs', async () => {
  const ladder = [
    { height: 720, maxBitsPerSecond: 3_000_000, crf: 60 },
    { height: 360, maxBitsPerSecond: 2_000_000 },
  ];
  const answer = await create(newTitle({ bytes: -1, settings: { codecs: ['h264', 'vp9'], ladder } }));
  expect(await answer.clone().json()).toMatchObject({
    errors: [
      { field: 'bytes' },
      { field: 'settings', message: 'codecs: "vp9" is not one of h264, hevc, av1' },
      { field: 'settings', message: 'rung 1: crf must be a number from 10 to 45' },
      { field: 'settings', message: expect.stringContaining('rung 2 (360 lines, 2000 kb/s) must have more') },
    ],
  });
  await expectProblem(answer, 400, 'invalid-request');
});

test('refuses a body with too large a Content-Length without reading it', async () => {
  const { port } = new URL(encoder.url);
  const socket = connect(Number(port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  const lines = [
    'POST /v1/titles HTTP/1.1',
    'host: a',
    `authorization: Bearer ${encoder.apiKey}`,
    'content-type: application/json',
    'content-length: 999999999',
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  await pollUntil('a response arrives', 5_000, async () => answer.startsWith('HTTP/1.1 413') || undefined);
  socket.destroy();
});

test.each(['', 'Bearer ', 'Bearer mr_wrong', 'Basic bXI6', 'Bearer a b'])(
  'answers 401 for the authorization %j',
  async (authorization) => {
    for (const path of ['/v1/titles', '/v1/uploads/x', '/v1/unknown'])
      await expectProblem(await encoder.request(path, { headers: { authorization } }), 401);
  },
);

test('an API key may do what its scopes allow', async () => {
  const { head, bytes } = await encoder.store.read(apiKeysKey);
  const file = JSON.parse(bytes.toString()) as { keys: { scopes: string[]; sha256: string }[] };
  expect(bytes.toString()).not.toContain(encoder.apiKey.slice(3));
  const reader = new ApiKeys(encoder.store);
  await reader.ensureFirst('r'.repeat(40));
  const changed = JSON.parse((await encoder.store.read(apiKeysKey)).bytes.toString()) as typeof file;
  expect(changed.keys).toHaveLength(file.keys.length + 1);
  for (const key of changed.keys) if (key.sha256 !== file.keys[0]?.sha256) key.scopes = ['read'];
  await encoder.store.put(apiKeysKey, Buffer.from(JSON.stringify(changed)));
  expect(head.etag).not.toBe((await encoder.store.head(apiKeysKey))?.etag);
  const authorization = `Bearer ${'r'.repeat(40)}`;
  await pollUntil('the new key is known', 10_000, async () => {
    const answer = await encoder.request('/v1/titles', { headers: { authorization } });
    return answer.status === 200 || undefined;
  });
  await expectProblem(await create(newTitle(), { authorization }), 403, 'scope-too-small');
  await expectProblem(
    await encoder.request(`/v1/titles/${createTitleId()}`, { method: 'DELETE', headers: { authorization } }),
    403,
  );
});

test('one of several concurrent first starts creates the key', async () => {
  await encoder.store.delete(apiKeysKey);
  const made = await Promise.all(
    Array.from({ length: 8 }, () => new ApiKeys(encoder.store).ensureFirst(undefined)),
  );
  expect(made.filter((key) => key !== undefined)).toHaveLength(1);
  // Later tests use the first key.
  await new ApiKeys(encoder.store).ensureFirst(encoder.apiKey);
});

test('lists titles newest first, in pages, and from storage when the index is lost', async () => {
  const made: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    const { titleId } = titleResourceSchema.parse(await (await create()).json());
    made.unshift(titleId);
  }
  const page = async (query: string) =>
    titleListSchema.parse(await (await encoder.request(`/v1/titles?${query}`)).json());
  const first = await page('limit=3');
  const second = await page(`limit=3&cursor=${first.nextCursor}`);
  expect([...first.titles, ...second.titles].slice(0, 5).map(({ titleId }) => titleId)).toEqual(made);
  await encoder.redis.del(redisKeys.catalogue);
  expect((await page('limit=3')).titles.map(({ titleId }) => titleId)).toEqual(made.slice(0, 3));
  await encoder.encoder.reconciler.scan();
  expect(await encoder.redis.zscore(redisKeys.catalogue, made[0] ?? '')).toBe('0');
  await expectProblem(await encoder.request('/v1/titles?cursor=x'), 400);
  await expectProblem(await encoder.request('/v1/titles?limit=0'), 400);
});

test('deletes a title with its source, media, jobs and list entry, and keeps a tombstone', async () => {
  const { record, plan } = samplePublication();
  await encoder.titles.create(record);
  await encoder.store.put(planKey(plan.publicationId), Buffer.from(JSON.stringify(plan)));
  await encoder.store.put(sourceKey(record.titleId), Buffer.from('source'));
  await encoder.encoder.jobs.restartPublication(plan);
  expect(await encoder.encoder.jobs.publishJobStatus(record)).toEqual({ state: 'waiting-children' });
  const answer = await encoder.request(`/v1/titles/${record.titleId}`, { method: 'DELETE' });
  expect(answer.status).toBe(204);
  expect(await encoder.encoder.jobs.publishJobStatus(record)).toEqual({ state: 'missing' });
  expect(Object.values(await encoder.encoder.jobs.countWaiting()).every((count) => count === 0)).toBe(true);
  expect((await encoder.store.list(publicationPrefix(plan.publicationId))).objects).toEqual([]);
  expect(await encoder.store.head(sourceKey(record.titleId))).toBeUndefined();
  expect(await encoder.titles.read(record.titleId)).toMatchObject({ state: 'deleted' });
  await expectProblem(await encoder.request(`/v1/titles/${record.titleId}`), 404);
  await expectProblem(await encoder.request(`/v1/titles/${record.titleId}`, { method: 'DELETE' }), 404);
});

test.each([createTitleId(), 'x', '..%2f..%2fsystem%2fapi-keys', '__proto__'])(
  'answers 404 for the title %s',
  async (titleId) => {
    await expectProblem(await encoder.request(`/v1/titles/${titleId}`), 404);
    await expectProblem(await encoder.request(`/v1/titles/${titleId}/events`), 404);
  },
);

test('streams progress until the title is ready', async () => {
  const { record } = samplePublication();
  await encoder.titles.create(record);
  const answer = await encoder.request(`/v1/titles/${record.titleId}/events`);
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  const states: string[] = [];
  let finished = false;
  for await (const chunk of answer.body ?? expect.fail()) {
    for (const [, data] of Buffer.from(chunk)
      .toString()
      .matchAll(/^data: (.*)$/gm))
      states.push(progressEventSchema.parse(JSON.parse(data ?? '')).state);
    if (finished) continue;
    finished = true;
    const ready = await encoder.titles.enter(record.titleId, 'ready', ['playable']);
    await new TitleProgress(encoder.redis).titleChanged(ready ?? expect.fail());
  }
  expect(states).toEqual(['playable', 'ready']);
});

test('ends the stream of a ready title without an event from Redis', async () => {
  const { record } = samplePublication();
  await encoder.titles.create({ ...record, state: 'ready' });
  const answer = await encoder.request(`/v1/titles/${record.titleId}/events`);
  expect(await answer.text()).toContain('"state":"ready"');
});

test('serves its description without an API key', async () => {
  const answer = await fetch(`${encoder.url}/openapi.json`);
  const { paths } = (await answer.json()) as { paths: Record<string, object> };
  expect(Object.keys(paths).sort()).toEqual([
    '/v1/titles',
    '/v1/titles/{titleId}',
    '/v1/titles/{titleId}/events',
    '/v1/titles/{titleId}/report',
    '/v1/uploads',
    '/v1/uploads/{titleId}',
  ]);
  expect((await fetch(`${encoder.url}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${encoder.url}/metrics`)).text()).toContain('millrace_api_requests_total');
});

test.each(ambiguousRequests)('API and origin answer a request with %s alike', async (_case, text, status) => {
  for (const url of [encoder.url, encoder.originUrl])
    expect((await sendRaw(url, text)).slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
});

test('a create that Redis has no memory for leaves nothing, and its key can be used again', async () => {
  const ownRedis = await startRedisServer();
  const own = await startEncoder(ownRedis.url);
  const post = (headers: object) =>
    own.request('/v1/titles', { method: 'POST', headers: { ...json, ...headers }, body: newTitle() });
  const listedIds = async () =>
    titleListSchema
      .parse(await (await own.request('/v1/titles')).json())
      .titles.map(({ titleId }) => titleId);
  try {
    await own.redis.config('SET', 'maxmemory', '1');
    for (const headers of [{}, { 'idempotency-key': 'once' }]) {
      const refused = await post(headers);
      expect(refused.headers.get('retry-after')).toBe('2');
      await expectProblem(refused, 503, 'queue-away');
    }
    expect((await own.store.list('titles/')).objects).toEqual([]);
    await own.redis.config('SET', 'maxmemory', '0');
    const made = titleResourceSchema.parse(await (await post({ 'idempotency-key': 'once' })).json());
    const again = titleResourceSchema.parse(await (await post({ 'idempotency-key': 'once' })).json());
    expect([again.titleId, ...(await listedIds())]).toEqual([made.titleId, made.titleId]);
  } finally {
    await own.stop();
    await ownRedis.stop();
  }
});

test('without Redis, writes get 503 with Retry-After and reads still work', async () => {
  const ownRedis = await startRedisServer();
  const own = await startEncoder(ownRedis.url);
  try {
    const body = newTitle();
    const made = await own.request('/v1/titles', { method: 'POST', headers: json, body });
    const { titleId } = titleResourceSchema.parse(await made.json());
    await ownRedis.stop();
    const refused = await own.request('/v1/titles', { method: 'POST', headers: json, body });
    expect(refused.headers.get('retry-after')).toBe('2');
    await expectProblem(refused, 503, 'queue-away');
    await expectProblem(await own.request(`/v1/titles/${titleId}`, { method: 'DELETE' }), 503);
    const listed = titleListSchema.parse(await (await own.request('/v1/titles')).json());
    expect(listed.titles.map((title) => title.titleId)).toEqual([titleIdSchema.parse(titleId)]);
    expect((await own.request(`/v1/titles/${titleId}`)).status).toBe(200);
  } finally {
    await own.stop();
  }
});
