import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from '#core/storage/object-store.js';
import { prepareBucket } from '#core/storage/s3/prepare-bucket.js';
import { createS3Client, defaultTimeouts } from '#core/storage/s3/s3-client.js';
import { S3ObjectStore } from '#core/storage/s3/s3-object-store.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
import { type Fault, FaultProxy } from '#fixtures/fault-proxy.js';
import { findFreePorts } from '#fixtures/free-ports.js';
import { describeOnMinio } from '#fixtures/minio-server.js';
import { pollUntil } from '#fixtures/poll-until.js';

const timeouts = { connectMs: 1000, idleMs: 1000, requestMs: 2000, attempts: 3 };
const always = 1000;

await describeOnMinio('S3 object store behind a faulty network', (minio) => {
  let proxy: FaultProxy;
  let direct: ObjectStore;
  let store: ObjectStore;

  const settingsAt = (endpoint: string, bucket = 'millrace') =>
    parseS3Url(new URL(minio().storageUrl(bucket, endpoint)));
  const storeAt = (endpoint: string, bucket?: string, credentials = minio().credentials) =>
    new S3ObjectStore(settingsAt(endpoint, bucket), { credentials, timeouts });

  beforeAll(async () => {
    await prepareBucket(settingsAt(minio().endpoint), minio().credentials);
    proxy = await FaultProxy.start(minio().port);
    direct = storeAt(minio().endpoint);
    store = storeAt(proxy.url);
  });
  afterEach(() => proxy.clear());
  afterAll(async () => {
    await store.close();
    await direct.close();
    await proxy.stop();
  });

  const body = Buffer.alloc(2_000_000, createHash('sha512').update('fault').digest());
  const lostAnswers: { how: string; fault: Fault }[] = [
    { how: 'reset', fault: { kind: 'reset', direction: 'response', afterBytes: 0, times: 1 } },
    { how: 'truncated', fault: { kind: 'truncated', direction: 'response', afterBytes: 20, times: 1 } },
    { how: 'never sent', fault: { kind: 'black-hole', direction: 'response', afterBytes: 0, times: 1 } },
  ];
  const lostRequests: { how: string; fault: Fault }[] = [
    { how: 'reset half-way', fault: { kind: 'reset', direction: 'request', afterBytes: 900_000, times: 1 } },
    {
      how: 'truncated half-way',
      fault: { kind: 'truncated', direction: 'request', afterBytes: 900_000, times: 1 },
    },
    {
      how: 'swallowed half-way',
      fault: { kind: 'black-hole', direction: 'request', afterBytes: 900_000, times: 1 },
    },
    { how: 'answered with 503', fault: { kind: 'answer', status: 503, times: 1 } },
    { how: 'answered with 500', fault: { kind: 'answer', status: 500, times: 1 } },
  ];

  describe('a conditional put', () => {
    test.each([...lostAnswers, ...lostRequests])(
      'that creates is won although its first try is $how',
      async ({ how, fault }) => {
        const key = `create/${how.replaceAll(' ', '-')}`;
        proxy.inject({ ...fault, requests: /^PUT / });
        const { etag } = await store.put(key, body, { condition: 'absent' });
        expect(proxy.strikes).toBe(1);
        const { head, bytes } = await direct.read(key);
        expect(head.etag).toBe(etag);
        expect(bytes.equals(body)).toBe(true);
      },
    );

    test.each(lostAnswers)('that replaces is won although its answer is $how', async ({ how, fault }) => {
      const key = `swap/${how.replaceAll(' ', '-')}`;
      const before = await direct.put(key, Buffer.from('before'));
      proxy.inject({ ...fault, requests: /^PUT / });
      const { etag } = await store.put(key, Buffer.from('after'), { condition: { etag: before.etag } });
      expect(proxy.strikes).toBe(1);
      expect((await direct.head(key))?.etag).toBe(etag);
    });

    test.each(lostAnswers)(
      'that comes second is lost although its answer is $how',
      async ({ how, fault }) => {
        const key = `second/${how.replaceAll(' ', '-')}`;
        // The same bytes: the store must distinguish the writes, not their contents.
        const first = await direct.put(key, body);
        proxy.inject({ ...fault, requests: /^PUT / });
        await expect(store.put(key, body, { condition: 'absent' })).rejects.toMatchObject({
          code: 'precondition_failed',
        });
        expect((await direct.head(key))?.etag).toBe(first.etag);
      },
    );
  });

  test.each(lostRequests)(
    'a put whose every try is $how fails and is never visible',
    async ({ how, fault }) => {
      const key = `never/${how.replaceAll(' ', '-')}`;
      await direct.put(key, Buffer.from('before'));
      proxy.inject({ ...fault, times: always, requests: /^PUT / });
      const put = storeAt(proxy.url).put(key, body);
      await expect(put).rejects.toMatchObject({ code: 'unavailable', retryable: true });
      expect((await direct.read(key)).bytes.toString()).toBe('before');
    },
    120_000,
  );

  describe('a put in parts', () => {
    const parts = Buffer.alloc(40_000_000, 9);
    const stream = () => Readable.from([parts.subarray(0, 15_000_000), parts.subarray(15_000_000)]);
    const unfinished = async (): Promise<number> => {
      const client = createS3Client(settingsAt(minio().endpoint), minio().credentials, defaultTimeouts);
      const answer = await client.send(new ListMultipartUploadsCommand({ Bucket: 'millrace' }));
      client.destroy();
      return answer.Uploads?.length ?? 0;
    };

    test('is whole although a part fails and the last answer is lost', async () => {
      proxy.inject({
        kind: 'reset',
        direction: 'request',
        afterBytes: 5_000_000,
        times: 1,
        requests: /partNumber=2/,
      });
      proxy.inject({
        kind: 'reset',
        direction: 'response',
        afterBytes: 0,
        times: 1,
        requests: /^POST .*uploadId=/,
      });
      const { etag, bytes } = await store.put('parts/one', stream(), { condition: 'absent' });
      expect(proxy.strikes).toBe(2);
      expect(bytes).toBe(parts.length);
      const stored = await direct.read('parts/one');
      expect(stored.head.etag).toBe(etag);
      expect(stored.bytes.equals(parts)).toBe(true);
      expect(await unfinished()).toBe(0);
    });

    test('that cannot be completed fails, is never visible, and its parts are removed', async () => {
      proxy.inject({ kind: 'answer', status: 503, times: always, requests: /^POST .*uploadId=/ });
      await expect(store.put('parts/never', stream())).rejects.toMatchObject({ code: 'unavailable' });
      expect(proxy.strikes).toBeGreaterThan(1);
      expect(await direct.head('parts/never')).toBeUndefined();
      expect(await unfinished()).toBe(0);
    });

    test('that is aborted leaves no parts', async () => {
      const controller = new AbortController();
      async function* chunks(): AsyncGenerator<Buffer> {
        yield parts;
        controller.abort(new Error('aborted by the test'));
        yield parts;
      }
      const put = store.put('parts/aborted', Readable.from(chunks()), { signal: controller.signal });
      await expect(put).rejects.toThrow('aborted by the test');
      await pollUntil('parts are left', 10_000, async () => ((await unfinished()) === 0 ? true : undefined));
      expect(await direct.head('parts/aborted')).toBeUndefined();
    });
  });

  describe('a get', () => {
    const broken = (kind: 'reset' | 'truncated' | 'black-hole', times: number): Fault => ({
      kind,
      direction: 'response',
      afterBytes: 700_000,
      times,
      requests: /^GET /,
    });
    beforeAll(() => direct.put('get/one', body));

    test.each(['reset', 'truncated', 'black-hole'] as const)('resumes after a %s', async (kind) => {
      proxy.inject(broken(kind, 2));
      const { bytes } = await store.read('get/one');
      expect(proxy.strikes).toBe(2);
      expect(bytes.equals(body)).toBe(true);
    });

    test('of a range resumes inside the range', async () => {
      proxy.inject(broken('reset', 1));
      const got = await store.get('get/one', { range: { first: 100, last: 1_500_000 } });
      expect((await buffer(got.body)).equals(body.subarray(100, 1_500_001))).toBe(true);
      expect(proxy.strikes).toBe(1);
    });

    test('never mixes two versions', async () => {
      await direct.put('get/replaced', body);
      proxy.inject(broken('reset', 1));
      const got = await store.get('get/replaced');
      await direct.put('get/replaced', Buffer.alloc(body.length));
      await expect(buffer(got.body)).rejects.toMatchObject({ code: 'precondition_failed' });
    });

    test('that never answers ends as unavailable', async () => {
      proxy.inject({ kind: 'black-hole', direction: 'response', afterBytes: 0, times: always });
      await expect(storeAt(proxy.url).read('get/one')).rejects.toMatchObject({ code: 'unavailable' });
    });

    test('ends with the signal’s reason', async () => {
      proxy.inject({ kind: 'black-hole', direction: 'response', afterBytes: 0, times: always });
      const controller = new AbortController();
      const read = storeAt(proxy.url).read('get/one', { signal: controller.signal });
      const reason = new Error('player left');
      controller.abort(reason);
      await expect(read).rejects.toBe(reason);
    });
  });

  test('a listing is whole although its answer is truncated', async () => {
    await Promise.all([1, 2, 3].map((index) => direct.put(`listed/${index}`, Buffer.from('x'))));
    proxy.inject({ kind: 'truncated', direction: 'response', afterBytes: 600, times: 1 });
    expect((await store.list('listed/')).objects).toHaveLength(3);
    expect(proxy.strikes).toBe(1);
  });

  describe('a source for ffmpeg', () => {
    test('is downloaded once for concurrent users, and leaves nothing if that fails', async () => {
      const scratch = await mkdtemp(join(tmpdir(), 'millrace-scratch-'));
      await direct.put('source/clip', body);
      const own = storeAt(proxy.url);
      proxy.inject({ kind: 'answer', status: 503, times: always, requests: /^GET / });
      await expect(own.openSource('source/clip', scratch)).rejects.toMatchObject({ code: 'unavailable' });
      expect(await readdir(join(scratch, 'sources'))).toEqual([]);
      proxy.clear();
      const sources = await Promise.all([1, 2, 3].map(() => own.openSource('source/clip', scratch)));
      expect(new Set(sources.map(({ path }) => path)).size).toBe(1);
      expect((await readFile(sources[0]?.path ?? '')).equals(body)).toBe(true);
      await own.close();
      await rm(scratch, { recursive: true, force: true });
    });
  });

  describe('check says what to do', () => {
    test('if nothing listens', async () => {
      const [port] = await findFreePorts(1);
      await expect(storeAt(`http://127.0.0.1:${port}`).check()).rejects.toThrow(
        /is the object store running/,
      );
    });

    test('if the bucket is missing', async () => {
      await expect(storeAt(minio().endpoint, 'absent-bucket').check()).rejects.toThrow(
        /bucket absent-bucket at .* does not exist: prepare it/,
      );
    });

    test('if the key is wrong, without repeating it', async () => {
      const wrong = { ...minio().credentials, secretAccessKey: 'wrong-secret' };
      const check = storeAt(minio().endpoint, 'millrace', wrong).check();
      await expect(check).rejects.toThrow(/access refused .* AWS_SECRET_ACCESS_KEY/);
      await expect(check).rejects.not.toThrow(/wrong-secret/);
    });
  });

  test('preparing a bucket again changes nothing, and needs valid credentials', async () => {
    const settings = settingsAt(minio().endpoint);
    expect(await prepareBucket(settings, minio().credentials)).toMatchObject({ made: false });
    const wrong = { ...minio().credentials, secretAccessKey: 'wrong-secret' };
    await expect(prepareBucket(settings, wrong)).rejects.toThrow(/cannot prepare bucket millrace/);
    const anonymous = await fetch(`${minio().endpoint}/millrace/get/one`);
    expect(anonymous.status).toBe(403);
  });
});
