import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { EncoderClient } from '#cli/api/encoder-client.js';
import { RememberedUploads } from '#cli/api/remembered-uploads.js';
import { type UploadProgress, uploadFile } from '#cli/api/upload-file.js';
import type { UploadPause } from '#cli/api/upload-retries.js';
import { titleIdSchema } from '#core/contracts/ids.js';
import { sourceKey, titlesPrefix } from '#core/contracts/publication-layout.js';
import { listAll } from '#core/storage/object-store.js';
import { FaultProxy } from '#fixtures/fault-proxy.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningEncoder, startEncoder } from '#fixtures/running-encoder.js';

// Runs against a real encoder through a proxy that injects network faults.

const megabyte = 2 ** 20;
const bytes = randomBytes(9 * megabyte + 17);
let redis: RedisFixture;
let encoder: RunningEncoder;
let proxy: FaultProxy;
let folder: string;
let file: string;
let reported: UploadProgress[];
let pauses: UploadPause[];
let maxIdleMs: number;

beforeAll(async () => {
  redis = await startRedisServer();
  encoder = await startEncoder(redis.url);
  proxy = await FaultProxy.start(Number(new URL(encoder.url).port));
});
afterAll(async () => {
  await proxy.stop();
  await encoder.stop();
  await redis.stop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-upload-'));
  file = join(folder, 'film "1".mov');
  await writeFile(file, bytes);
  reported = [];
  pauses = [];
  maxIdleMs = 60_000;
});
afterEach(async () => {
  proxy.clear();
  await rm(folder, { recursive: true, force: true });
});

function upload(signal: AbortSignal, key = encoder.apiKey, url = proxy.url): Promise<string> {
  return uploadFile({
    client: new EncoderClient(url, key),
    input: { file, name: undefined, settings: undefined },
    remembered: new RememberedUploads(join(folder, 'uploads.json')),
    onProgress: (progress) => reported.push(progress),
    onPause: (pause) => pauses.push(pause),
    signal,
    maxIdleMs,
  });
}

const untilTheEnd = new AbortController().signal;

/** Starts an upload that stalls after some megabytes, then aborts it. Resolves to the title id. */
async function breakOff(): Promise<string | null> {
  proxy.inject({
    kind: 'black-hole',
    direction: 'request',
    afterBytes: 3 * megabyte,
    times: 1,
    requests: /^PATCH/,
  });
  const stop = new AbortController();
  const broken = upload(stop.signal);
  await Promise.all([
    expect(broken).rejects.toThrow('aborted'),
    pollUntil('the fault', 20_000, async () => (proxy.strikes > 0 ? true : undefined)).then(() =>
      stop.abort(new Error('aborted')),
    ),
  ]);
  proxy.clear();
  return reported.at(-1)?.titleId ?? null;
}

async function storedSource(titleId: string): Promise<Buffer> {
  return (await encoder.store.read(sourceKey(titleIdSchema.parse(titleId)))).bytes;
}

test('resumes an interrupted upload of the same file', async () => {
  const firstTitle = await breakOff();
  reported = [];
  const titleId = await upload(untilTheEnd);
  expect(titleId).toBe(firstTitle);
  expect(reported.every(({ resumed }) => resumed)).toBe(true);
  expect(reported[0]?.bytesSent).toBeGreaterThan(megabyte);
  expect((await storedSource(titleId)).equals(bytes)).toBe(true);
  expect(await readFile(join(folder, 'uploads.json'), 'utf8')).toBe('{}\n');
});

test('starts a new upload when the file has changed', async () => {
  const firstTitle = await breakOff();
  await writeFile(file, bytes.subarray(0, 4 * megabyte));
  reported = [];
  const titleId = await upload(untilTheEnd);
  expect(titleId).not.toBe(firstTitle);
  expect(reported.some(({ resumed }) => resumed)).toBe(false);
  expect((await storedSource(titleId)).length).toBe(4 * megabyte);
});

test('starts again when the encoder no longer knows the upload', async () => {
  const firstTitle = await breakOff();
  await new EncoderClient(encoder.url, encoder.apiKey).deleteTitle(firstTitle ?? '');
  const titleId = await upload(untilTheEnd);
  expect(titleId).not.toBe(firstTitle);
  expect((await storedSource(titleId)).equals(bytes)).toBe(true);
});

test('reconnects after a reset and keeps the bytes that arrived', async () => {
  proxy.inject({
    kind: 'reset',
    direction: 'request',
    afterBytes: 2 * megabyte,
    times: 2,
    requests: /^PATCH/,
  });
  const titleId = await upload(untilTheEnd);
  expect(proxy.strikes).toBeGreaterThan(0);
  expect((await storedSource(titleId)).equals(bytes)).toBe(true);
});

test('uploads an empty file', async () => {
  await writeFile(file, '');
  const titleId = await upload(untilTheEnd);
  expect(reported.at(-1)).toMatchObject({ titleId, bytesSent: 0, bytesTotal: 0 });
});

test('reports a wrong API key at once', async () => {
  await expect(upload(untilTheEnd, 'mr_wrong')).rejects.toThrow(
    /does not accept the API key. Set MILLRACE_API_KEY/,
  );
});

test.each([
  ['missing.mp4', /cannot be read \(ENOENT\)/],
  ['.', /is not a file/],
])('refuses %s before it sends anything', async (name, words) => {
  file = join(folder, name);
  await expect(upload(untilTheEnd)).rejects.toThrow(words);
  expect(reported).toEqual([]);
});

const titlesStored = async (): Promise<string[]> => {
  const titles: string[] = [];
  for await (const { key } of listAll(encoder.store, titlesPrefix)) titles.push(key);
  return titles;
};

test.each([500, 502, 503, 504, 429, 423])(
  'answers of %d to HEAD do not start a new upload',
  async (status) => {
    const before = await titlesStored();
    proxy.inject({
      kind: 'reset',
      direction: 'request',
      afterBytes: 5 * megabyte,
      times: 1,
      requests: /^PATCH/,
    });
    proxy.inject({ kind: 'answer', status, times: 3, requests: /^HEAD/ });
    const titleId = await upload(untilTheEnd);
    expect(proxy.strikes).toBe(4);
    expect(pauses).toHaveLength(4);
    expect(await titlesStored()).toHaveLength(before.length + 1);
    expect((await storedSource(titleId)).equals(bytes)).toBe(true);
  },
);

test('a refused API key does not make it forget an unfinished upload', async () => {
  const firstTitle = await breakOff();
  await expect(upload(untilTheEnd, 'mr_wrong')).rejects.toThrow(/does not accept the API key/);
  expect(await upload(untilTheEnd)).toBe(firstTitle);
});

test('repeats a request that stalls without an answer', async () => {
  maxIdleMs = 500;
  const stalled = { kind: 'black-hole', direction: 'request', times: 1 } as const;
  proxy.inject({ ...stalled, afterBytes: 3 * megabyte, requests: /^PATCH/ });
  proxy.inject({ ...stalled, afterBytes: 0, requests: /^HEAD/ });
  const titleId = await upload(untilTheEnd);
  expect(pauses.map(({ reason }) => reason)).toContain('the encoder does not answer (ETIMEDOUT)');
  expect((await storedSource(titleId)).equals(bytes)).toBe(true);
});
