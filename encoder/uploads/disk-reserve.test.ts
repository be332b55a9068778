import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningEncoder, startEncoder } from '#fixtures/running-encoder.js';
import { mountSmallDisk } from '#fixtures/small-disk.js';

const mebibyte = 1024 * 1024;

let redis: RedisFixture;
beforeAll(async () => {
  redis = await startRedisServer();
});
afterAll(() => redis.stop());

const tusHeaders = { 'tus-resumable': '1.0.0' };

function createTitle(encoder: RunningEncoder, bytes: number, key?: string): Promise<Response> {
  return encoder.request('/v1/titles', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key ? { 'idempotency-key': key } : {}) },
    body: JSON.stringify({ fileName: 'clip.mp4', bytes }),
  });
}

function createUpload(encoder: RunningEncoder, bytes: number): Promise<Response> {
  return encoder.request('/v1/uploads', {
    method: 'POST',
    headers: { ...tusHeaders, 'upload-length': String(bytes) },
  });
}

function send(
  encoder: RunningEncoder,
  path: string,
  offset: number,
  body: Buffer<ArrayBuffer>,
): Promise<Response> {
  return encoder.request(path, {
    method: 'PATCH',
    headers: {
      ...tusHeaders,
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
    },
    body,
  });
}

async function expectRefusal(answer: Response): Promise<void> {
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('60');
  expect(await answer.json()).toMatchObject({ type: 'urn:millrace:problem:no-space' });
}

test('below the reserve, creates are refused with 503 and leave no title', async () => {
  const encoder = await startEncoder(redis.url, { reserveBytes: Number.MAX_SAFE_INTEGER });
  try {
    await expectRefusal(await createTitle(encoder, 1));
    await expectRefusal(await createTitle(encoder, 1, 'the-same-key'));
    await expectRefusal(await createUpload(encoder, 1));
    expect((await encoder.store.list('')).objects.map(({ key }) => key)).toEqual(['system/api-keys.json']);
  } finally {
    await encoder.stop();
  }
});

test('an upload waits while the disk is full and goes on from its offset afterwards', async (context) => {
  const disk = await mountSmallDisk(64 * mebibyte);
  if (typeof disk === 'string') return context.skip(disk);
  const encoder = await startEncoder(redis.url, {
    storage: { url: `file://${disk.folder}/store` },
    reserveBytes: 8 * mebibyte,
  });
  try {
    // Larger than what is free beside the reserve.
    await expectRefusal(await createUpload(encoder, 60 * mebibyte));
    const file = Buffer.alloc(4 * mebibyte, 'clip');
    const created = await createTitle(encoder, file.length);
    const path = created.headers.get('upload-location') ?? '';
    expect((await send(encoder, path, 0, file.subarray(0, mebibyte))).status).toBe(204);

    await disk.fill();
    await expectRefusal(await send(encoder, path, mebibyte, file.subarray(mebibyte)));
    await expectRefusal(await createTitle(encoder, 1));
    const listed = (await (await encoder.request('/v1/titles')).json()) as { titles: { state: string }[] };
    expect(listed.titles.map(({ state }) => state)).toEqual(['uploading']);
    expect((await fetch(`${encoder.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${encoder.originUrl}/readyz`)).status).toBe(200);

    await disk.free();
    const head = await encoder.request(path, { method: 'HEAD', headers: tusHeaders });
    expect(head.headers.get('upload-offset')).toBe(String(mebibyte));
    expect((await send(encoder, path, mebibyte, file.subarray(mebibyte))).status).toBe(204);
    const [source] = (await encoder.store.list('sources/')).objects;
    expect((await encoder.store.read(source?.key ?? '')).bytes.equals(file)).toBe(true);
  } finally {
    await encoder.stop();
    await disk.remove();
  }
});
