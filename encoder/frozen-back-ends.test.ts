import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { planKey, publicationPrefix } from '#core/contracts/publication-layout.js';
import { titleListSchema } from '#core/contracts/title-resource.js';
import { prepareBucket } from '#core/storage/s3/prepare-bucket.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
import { describeOnMinio } from '#fixtures/minio-server.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningEncoder, startEncoder } from '#fixtures/running-encoder.js';
import { samplePublication } from '#fixtures/sample-publication.js';

/** Callers give up after this: proxies after half a minute. */
const callerMs = 20_000;
const json = { 'content-type': 'application/json' };
const body = JSON.stringify({ fileName: 'clip.mp4', bytes: 4 });

let redis: RedisFixture;
let encoder: RunningEncoder;

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return encoder.request(path, { ...init, signal: AbortSignal.timeout(callerMs) });
}

const createTitle = () => ask('/v1/titles', { method: 'POST', headers: json, body });

/** Reads until the first event, then leaves. */
async function firstEvent(path: string): Promise<string> {
  const reader = (await ask(path)).body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return Buffer.from(value ?? []).toString();
}

async function publish(): Promise<ReturnType<typeof samplePublication>> {
  const title = samplePublication();
  await encoder.titles.create(title.record);
  await encoder.store.put(planKey(title.plan.publicationId), Buffer.from(JSON.stringify(title.plan)));
  return title;
}

async function expectProblem(answer: Response, kind: string): Promise<void> {
  expect(await answer.json()).toMatchObject({ status: 503, type: `urn:millrace:problem:${kind}` });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

beforeAll(async () => {
  redis = await startRedisServer();
});

afterAll(() => redis.stop());

test('with Redis frozen, reads are answered, writes get 503, and all goes on when it thaws', async () => {
  encoder = await startEncoder(redis.url);
  try {
    const { record, plan } = await publish();
    const path = `v/${plan.rungs[0]?.renditionId}/00000.m4s`;
    await encoder.store.put(publicationPrefix(plan.publicationId) + path, Buffer.from('stored'));
    redis.freeze();
    const listed = titleListSchema.parse(await (await ask('/v1/titles')).json());
    expect(listed.titles.map(({ titleId }) => titleId)).toEqual([record.titleId]);
    expect((await ask(`/v1/titles/${record.titleId}`)).status).toBe(200);
    expect(await firstEvent(`/v1/titles/${record.titleId}/events`)).toContain('"state":"playable"');
    await expectProblem(await createTitle(), 'queue-away');
    await expectProblem(await ask(`/v1/titles/${record.titleId}`, { method: 'DELETE' }), 'queue-away');
    for (const url of [encoder.url, encoder.originUrl]) {
      const ready = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(callerMs) });
      expect(await ready.json()).toMatchObject({
        status: 'unready',
        failures: { redis: expect.any(String) },
      });
    }
    const media = `${encoder.originUrl}/media/${plan.publicationId}`;
    const stored = await fetch(`${media}/${path}`, { signal: AbortSignal.timeout(callerMs) });
    expect(await stored.text()).toBe('stored');
    const demanded = path.replace('00000', '00001');
    const late = await fetch(`${media}/${demanded}`, { signal: AbortSignal.timeout(callerMs) });
    await expectProblem(late, 'not-encoded-yet');
    redis.thaw();
    await expect.poll(async () => (await createTitle()).status, { timeout: 10_000 }).toBe(201);
  } finally {
    redis.thaw();
    await encoder.stop();
  }
}, 60_000);

await describeOnMinio('with a real MinIO server frozen', (minio) => {
  beforeAll(async () => {
    const storage = { url: minio().storageUrl('millrace-frozen'), credentials: minio().credentials };
    await prepareBucket(parseS3Url(new URL(storage.url)), storage.credentials);
    encoder = await startEncoder(redis.url, { storage });
  });
  afterEach(() => minio().thaw());
  afterAll(() => encoder.stop());

  test('every request is answered 503 with Retry-After, and all goes on when it thaws', async () => {
    const { record, plan } = await publish();
    const upload = (await createTitle()).headers.get('upload-location') ?? '';
    const patch = () =>
      ask(upload, {
        method: 'PATCH',
        headers: {
          'tus-resumable': '1.0.0',
          'content-type': 'application/offset+octet-stream',
          'upload-offset': '0',
        },
        body: 'clip',
      });
    minio().freeze();
    const media = `${encoder.originUrl}/media/${plan.publicationId}/v/init.mp4`;
    const answers = await Promise.all([
      ask('/v1/titles'),
      ask(`/v1/titles/${record.titleId}`),
      ask(`/v1/titles/${record.titleId}/events`),
      createTitle(),
      patch(),
      fetch(media, { signal: AbortSignal.timeout(callerMs) }),
    ]);
    for (const answer of answers) await expectProblem(answer, 'storage-away');
    const ready = await fetch(`${encoder.url}/readyz`, { signal: AbortSignal.timeout(callerMs) });
    expect(await ready.json()).toMatchObject({ failures: { storage: expect.any(String) } });
    minio().thaw();
    await expect.poll(async () => (await patch()).status, { timeout: 10_000 }).toBe(204);
    expect((await ask('/v1/titles')).status).toBe(200);
  }, 60_000);
});
