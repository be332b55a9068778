import { rename } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as tus from 'tus-js-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { titleIdSchema } from '#core/contracts/ids.js';
import { sourceKey, titlesPrefix } from '#core/contracts/publication-layout.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningEncoder, startEncoder } from '#fixtures/running-encoder.js';

const page = 'https://studio.example';
let redis: RedisFixture;
let encoder: RunningEncoder;

beforeAll(async () => {
  redis = await startRedisServer();
  encoder = await startEncoder(redis.url, { uploadOrigins: [page] });
});

afterAll(async () => {
  await encoder.stop();
  await redis.stop();
});

const protocol = { 'tus-resumable': '1.0.0' };

async function createUpload(bytes: number): Promise<string> {
  const headers = {
    ...protocol,
    'upload-length': String(bytes),
    'upload-metadata': 'filename YS5tcDQ=,draft',
  };
  const answer = await encoder.request('/v1/uploads', { method: 'POST', headers });
  expect(answer.status).toBe(201);
  return answer.headers.get('location') ?? '';
}

const preflight = (path: string, origin: string) =>
  fetch(`${encoder.url}${path}`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'PATCH' },
  });

test.each(['/v1/uploads', '/v1/uploads/018f0000-0000-7000-8000-000000000000'])(
  'answers OPTIONS %s without a key',
  async (path) => {
    const answer = await fetch(`${encoder.url}${path}`, { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('tus-version')).toBe('1.0.0');
    expect(answer.headers.get('tus-extension')?.split(',')).toEqual(
      expect.arrayContaining(['creation', 'termination', 'expiration', 'checksum']),
    );
    expect(answer.headers.get('tus-max-size')).toBe(String(1024 ** 3));
    expect(answer.headers.get('tus-checksum-algorithm')).toContain('sha1');
  },
);

test('lets a page of an allowed origin send every header of the protocol', async () => {
  const answer = await preflight('/v1/uploads', page);
  expect(answer.headers.get('access-control-allow-origin')).toBe(page);
  expect(answer.headers.get('access-control-allow-methods')).toBe('HEAD,POST,PATCH,DELETE');
  const allowed = answer.headers.get('access-control-allow-headers')?.toLowerCase().split(',') ?? [];
  for (const name of ['authorization', 'tus-resumable', 'upload-length', 'upload-offset', 'upload-metadata'])
    expect(allowed).toContain(name);
});

test('lets that page read every header of the protocol, of refusals too', async () => {
  const path = await createUpload(4);
  const headers = { ...protocol, origin: page };
  const patch = { ...headers, 'upload-offset': '2', 'content-type': 'application/offset+octet-stream' };
  for (const answer of [
    await encoder.request(path, { method: 'HEAD', headers }),
    await encoder.request(path, { method: 'PATCH', headers: patch, body: '01' }),
    await fetch(`${encoder.url}${path}`, { method: 'HEAD', headers }),
  ]) {
    expect(answer.headers.get('access-control-allow-origin')).toBe(page);
    expect(answer.headers.get('vary')?.toLowerCase()).toContain('origin');
    const exposed = answer.headers.get('access-control-expose-headers')?.toLowerCase().split(',') ?? [];
    for (const name of ['location', 'upload-offset', 'upload-length', 'tus-resumable', 'retry-after'])
      expect(exposed).toContain(name);
  }
});

test('lets no other origin read anything', async () => {
  const path = await createUpload(4);
  const headers = { ...protocol, origin: 'https://evil.example' };
  for (const answer of [
    await preflight(path, 'https://evil.example'),
    await encoder.request(path, { method: 'HEAD', headers }),
    await encoder.request('/v1/titles', { headers: { origin: page } }),
  ])
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
});

test.each([
  ['a wrong offset', 409, {}, { 'upload-offset': '2' }],
  ['a wrong key', 401, { authorization: 'Bearer mr_wrong' }, {}],
  ['a wrong type', 415, {}, { 'content-type': 'video/mp4' }],
  ['no protocol version', 412, { 'tus-resumable': '' }, {}],
])('refuses %s with %d and the header Tus-Resumable', async (_case, status, auth, headers) => {
  const path = await createUpload(4);
  const answer = await encoder.request(path, {
    method: 'PATCH',
    headers: {
      ...protocol,
      ...auth,
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
      ...headers,
    },
    body: '01',
  });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('tus-resumable')).toBe('1.0.0');
});

test('HEAD returns the metadata that the client gave', async () => {
  const path = await createUpload(4);
  const answer = await encoder.request(path, { method: 'HEAD', headers: protocol });
  expect(answer.headers.get('upload-metadata')).toBe('filename YS5tcDQ=,draft');
});

test('a tus client that takes any 5xx for a lost upload resumes after an outage of storage', async () => {
  const folder = fileURLToPath(encoder.storageUrl);
  const file = Buffer.alloc(3_000_000, 7);
  let outage: Promise<void> | undefined;
  const heads: number[] = [];
  const { objects: before } = await encoder.store.list(titlesPrefix);
  const url = await new Promise<string>((resolve, reject) => {
    const upload: tus.Upload = new tus.Upload(file, {
      endpoint: `${encoder.url}/v1/uploads`,
      chunkSize: 1_000_000,
      retryDelays: Array.from({ length: 50 }, () => 50),
      headers: { authorization: `Bearer ${encoder.apiKey}` },
      onChunkComplete: () => {
        outage ??= rename(folder, `${folder}-away`);
      },
      onAfterResponse: async (request, answer) => {
        if (request.getMethod() !== 'HEAD') return;
        heads.push(answer.getStatus());
        if (heads.length === 3) await rename(`${folder}-away`, folder);
      },
      onError: reject,
      onSuccess: () => resolve(upload.url ?? ''),
    });
    upload.start();
  });
  expect(heads.slice(0, 3)).toEqual([423, 423, 423]);
  const titleId = titleIdSchema.parse(url.slice(url.lastIndexOf('/') + 1));
  expect((await encoder.store.read(sourceKey(titleId))).bytes.equals(file)).toBe(true);
  expect((await encoder.store.list(titlesPrefix)).objects).toHaveLength(before.length + 1);
});
