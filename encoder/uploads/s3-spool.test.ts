import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { Client } from 'minio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import { sourceKey, sourcesPrefix } from '#core/contracts/publication-layout.js';
import { prepareBucket } from '#core/storage/s3/prepare-bucket.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
import { describeOnMinio } from '#fixtures/minio-server.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningEncoder, startEncoder } from '#fixtures/running-encoder.js';

const bucket = 'millrace-uploads';

await describeOnMinio('uploads into a real MinIO server', (minio) => {
  let redis: RedisFixture;
  let replicas: RunningEncoder[] = [];

  beforeAll(async () => {
    redis = await startRedisServer();
    const storage = { url: minio().storageUrl(bucket), credentials: minio().credentials };
    await prepareBucket(parseS3Url(new URL(storage.url)), storage.credentials);
    replicas = [await startEncoder(redis.url, { storage }), await startEncoder(redis.url, { storage })];
  });

  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await redis.stop();
  });

  const replica = (index: number): RunningEncoder => replicas[index % replicas.length] ?? expect.fail();
  const protocol = { 'tus-resumable': '1.0.0' };

  async function ask(index: number, path: string, method: string, headers: object, body?: Buffer) {
    // The first replica created the key; every replica reads it from storage.
    return replica(index).request(path, {
      method,
      headers: { ...protocol, authorization: `Bearer ${replica(0).apiKey}`, ...headers },
      ...(body ? { body: new Uint8Array(body) } : {}),
    });
  }

  async function create(bytes: number): Promise<{ path: string; titleId: TitleId }> {
    const answer = await ask(0, '/v1/uploads', 'POST', { 'upload-length': String(bytes) });
    const path = answer.headers.get('location') ?? '';
    return { path, titleId: titleIdSchema.parse(path.slice(path.lastIndexOf('/') + 1)) };
  }

  /** Lists by the full key: MinIO lists unfinished uploads of one object, not of a prefix. */
  async function unfinishedUploads(titleId: TitleId): Promise<number> {
    const { endpoint, credentials } = minio();
    const { hostname, port } = new URL(endpoint);
    const { accessKeyId: accessKey, secretAccessKey: secretKey } = credentials;
    const client = new Client({
      endPoint: hostname,
      port: Number(port),
      useSSL: false,
      accessKey,
      secretKey,
    });
    return (await client.listIncompleteUploads(bucket, sourceKey(titleId), true).toArray()).length;
  }

  test('any replica resumes an upload, in chunks of any size', async () => {
    const file = randomBytes(40_000_000);
    const { path, titleId } = await create(file.length);
    // Less than one part, several parts, and the rest.
    const offsets = [0, 1_000, 3_000_000, 38_000_000, file.length];
    for (let index = 0; index + 1 < offsets.length; index += 1) {
      const [from = 0, to] = [offsets[index], offsets[index + 1]];
      const head = await ask(index, path, 'HEAD', {});
      expect(head.headers.get('upload-offset')).toBe(String(from));
      const headers = { 'upload-offset': String(from), 'content-type': 'application/offset+octet-stream' };
      expect((await ask(index, path, 'PATCH', headers, file.subarray(from, to))).status).toBe(204);
    }
    expect((await replica(0).store.read(sourceKey(titleId))).bytes.equals(file)).toBe(true);
    expect(await replica(0).titles.read(titleId)).toMatchObject({ state: 'queued' });
    const { objects } = await replica(0).store.list(`${sourcesPrefix}${titleId}/`);
    expect(objects.map(({ key }) => key)).toEqual([sourceKey(titleId)]);
    expect((await ask(1, path, 'HEAD', {})).headers.get('upload-offset')).toBe(String(file.length));
  });

  test('keeps the bytes that arrived before a body failed', async () => {
    const { titleId } = await create(40_000_000);
    const file = randomBytes(20_000_000);
    const broken = Readable.from(
      (async function* () {
        yield file;
        throw new Error('the connection broke');
      })(),
    );
    const { spool } = replica(0);
    await expect(spool.append(titleId, broken, 0, 40_000_000)).rejects.toThrow('the connection broke');
    const offset = await spool.offset(titleId, 40_000_000);
    expect(offset).toBeGreaterThan(0);
    const rest = Buffer.concat([file.subarray(offset), randomBytes(20_000_000)]);
    expect(await spool.append(titleId, Readable.from([rest]), offset, 40_000_000)).toBe(40_000_000);
    await spool.commit(titleId, 40_000_000);
    const stored = await replica(0).store.read(sourceKey(titleId));
    expect(stored.bytes.equals(Buffer.concat([file.subarray(0, offset), rest]))).toBe(true);
  });

  test('stores no byte of a chunk with a wrong checksum, and every one with the right one', async () => {
    const file = randomBytes(20_000_000);
    const { path, titleId } = await create(file.length);
    const digest = createHash('sha1').update(file).digest('base64');
    const headers = {
      ...{ 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      'upload-checksum': `sha1 ${digest}`,
    };
    const changed = Buffer.concat([file.subarray(0, -1), Buffer.from([((file.at(-1) ?? 0) + 1) % 256])]);
    expect((await ask(0, path, 'PATCH', headers, changed)).status).toBe(460);
    expect(await replica(1).spool.offset(titleId, file.length)).toBe(0);
    expect(await unfinishedUploads(titleId)).toBe(0);
    expect((await ask(1, path, 'PATCH', headers, file)).status).toBe(204);
    expect((await replica(0).store.read(sourceKey(titleId))).bytes.equals(file)).toBe(true);
  });

  test('deleting an upload leaves nothing behind', async () => {
    const { path, titleId } = await create(30_000_000);
    const headers = { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
    await ask(0, path, 'PATCH', headers, randomBytes(17_000_000));
    expect(await unfinishedUploads(titleId)).toBe(1);
    expect((await ask(1, path, 'DELETE', {})).status).toBe(204);
    expect(await unfinishedUploads(titleId)).toBe(0);
    expect((await replica(0).store.list(`${sourcesPrefix}${titleId}/`)).objects).toEqual([]);
  });
});
