import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tus from 'tus-js-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { titleIdSchema } from '#core/contracts/ids.js';
import { sourceKey } from '#core/contracts/publication-layout.js';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import { TitleStore } from '#core/titles/title-store.js';
import { findFreePorts } from '#fixtures/free-ports.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { ServiceProcess } from '#fixtures/service-process.js';

let redis: RedisFixture;
let directory: string;
let apiPort = 0;
let originPort = 0;

beforeAll(async () => {
  redis = await startRedisServer();
  directory = await mkdtemp(join(tmpdir(), 'millrace-encoder-process-'));
  [apiPort = 0, originPort = 0] = await findFreePorts(2);
});

afterAll(async () => {
  await redis.stop();
  await rm(directory, { recursive: true, force: true });
});

const storageUrl = () => `file://${join(directory, 'store')}`;
const apiUrl = () => `http://127.0.0.1:${apiPort}`;

async function start(extra: Record<string, string> = {}): Promise<ServiceProcess> {
  const service = ServiceProcess.start('encoder', 'encoder/main.js', {
    MILLRACE_PORT: String(apiPort),
    MILLRACE_ORIGIN_PORT: String(originPort),
    MILLRACE_REDIS_URL: redis.url,
    MILLRACE_STORAGE_URL: storageUrl(),
    MILLRACE_DELIVERY_URL: 'http://delivery.example',
    ...extra,
  });
  await service.waitUntilReady(apiUrl());
  return service;
}

test('an upload resumes after its server was killed and restarted', async () => {
  let service = await start();
  const apiKey = /mr_[A-Za-z0-9_-]{43}/.exec(service.log)?.[0] ?? '';
  expect(apiKey).not.toBe('');
  const file = randomBytes(24_000_000);
  let killed: Promise<void> | undefined;
  const offsets: number[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    const upload: tus.Upload = new tus.Upload(file, {
      endpoint: `${apiUrl()}/v1/uploads`,
      chunkSize: 2_000_000,
      retryDelays: Array.from({ length: 60 }, () => 300),
      headers: { authorization: `Bearer ${apiKey}` },
      metadata: { filename: 'film.mp4' },
      onChunkComplete: (_size, accepted) => {
        offsets.push(accepted);
        if (accepted < 8_000_000 || killed) return;
        killed = (async () => {
          service.child.kill('SIGKILL');
          await pollUntil('the process is gone', 5_000, async () => service.hasEnded || undefined);
          service = await start();
        })();
        killed.catch(reject);
      },
      onError: reject,
      onSuccess: () => resolve(upload.url ?? ''),
    });
    upload.start();
  });
  await killed;
  // The client never sends accepted bytes again.
  expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  const titleId = titleIdSchema.parse(url.slice(url.lastIndexOf('/') + 1));
  const store = openObjectStore(storageUrl());
  expect((await store.read(sourceKey(titleId))).bytes.equals(file)).toBe(true);
  expect(await new TitleStore(store).read(titleId)).toMatchObject({ state: 'queued' });
  expect(service.log).not.toContain(apiKey);
  await store.close();
  await service.stop();
  expect(service.child.exitCode).toBe(0);
});

test('starts without Redis and serves what is in storage', async () => {
  const key = 'k'.repeat(40);
  const service = ServiceProcess.start('encoder', 'encoder/main.js', {
    MILLRACE_PORT: String(apiPort),
    MILLRACE_ORIGIN_PORT: String(originPort),
    MILLRACE_REDIS_URL: `unix://${join(directory, 'no-redis.sock')}`,
    MILLRACE_STORAGE_URL: storageUrl(),
    MILLRACE_DELIVERY_URL: 'http://delivery.example',
    MILLRACE_BOOTSTRAP_KEY: key,
  });
  const headers = { authorization: `Bearer ${key}` };
  await pollUntil('the API answers', 20_000, async () => {
    const answer = await fetch(`${apiUrl()}/v1/titles`, { headers }).catch(() => undefined);
    return answer?.status === 200 || undefined;
  });
  expect((await fetch(`${apiUrl()}/readyz`)).status).toBe(503);
  await service.stop();
  expect(service.child.exitCode).toBe(0);
});

test('names every setting that is missing or invalid', async () => {
  const service = ServiceProcess.start('encoder', 'encoder/main.js', { MILLRACE_PORT: 'x' });
  await pollUntil('the process has ended', 20_000, async () => service.hasEnded || undefined);
  expect(service.child.exitCode).toBe(1);
  for (const name of ['MILLRACE_PORT', 'MILLRACE_REDIS_URL', 'MILLRACE_STORAGE_URL', 'MILLRACE_DELIVERY_URL'])
    expect(service.log).toContain(name);
});
