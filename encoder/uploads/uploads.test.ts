import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as tus from 'tus-js-client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { titleIdSchema } from '#core/contracts/ids.js';
import { sourceKey, titleKey } from '#core/contracts/publication-layout.js';
import { openUploadSpool } from '#encoder/uploads/upload-spool.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningEncoder, startEncoder } from '#fixtures/running-encoder.js';

const maxSourceBytes = 8 * 1024 * 1024;
let redis: RedisFixture;
let encoder: RunningEncoder;

beforeAll(async () => {
  redis = await startRedisServer();
  const rateFloor = { bytes: 1_000, intervalMs: 300 };
  encoder = await startEncoder(redis.url, { maxSourceBytes, rateFloor });
});

afterAll(async () => {
  await encoder.stop();
  await redis.stop();
});

const protocol = { 'tus-resumable': '1.0.0' };
const patchHeaders = (offset: number) => ({
  ...protocol,
  'content-type': 'application/offset+octet-stream',
  'upload-offset': String(offset),
});

async function createUpload(bytes: number, metadata = 'filename ZmlsbS5tcDQ='): Promise<string> {
  const answer = await encoder.request('/v1/uploads', {
    method: 'POST',
    headers: { ...protocol, 'upload-length': String(bytes), 'upload-metadata': metadata },
  });
  expect(answer.status).toBe(201);
  return answer.headers.get('location') ?? '';
}

const titleIdOfUpload = (path: string) => titleIdSchema.parse(path.slice(path.lastIndexOf('/') + 1));
const readTitle = (path: string) => encoder.titles.read(titleIdOfUpload(path));

async function expectProblem(answer: Response, status: number): Promise<void> {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await answer.json()) as { status: number; requestId: string };
  expect(problem.status).toBe(status);
  expect(problem.requestId).toBe(answer.headers.get('x-request-id'));
}

test('stores a file from a tus client and queues its analysis before the last answer', async () => {
  const file = randomBytes(3_000_000);
  const path = await new Promise<string>((resolve, reject) => {
    const upload: tus.Upload = new tus.Upload(file, {
      endpoint: `${encoder.url}/v1/uploads`,
      chunkSize: 1_000_000,
      retryDelays: null,
      headers: { authorization: `Bearer ${encoder.apiKey}` },
      metadata: { filename: 'My film.mp4', settings: '{"codecs":["h264","hevc"]}' },
      onError: reject,
      onSuccess: () => resolve(upload.url ?? ''),
    });
    upload.start();
  });
  const record = await readTitle(path);
  expect(record).toMatchObject({ state: 'queued', name: 'My film', settings: { codecs: ['h264', 'hevc'] } });
  expect((await encoder.store.read(sourceKey(titleIdOfUpload(path)))).bytes.equals(file)).toBe(true);
  expect(await encoder.encoder.jobs.analyseJobStatus(record ?? expect.fail())).toEqual({ state: 'alive' });
});

test('refuses a ladder that cannot be encoded, with every reason', async () => {
  const settings = { ladder: [{ height: 2160, maxBitsPerSecond: 100_000 }] };
  const encoded = Buffer.from(JSON.stringify(settings)).toString('base64');
  const answer = await encoder.request('/v1/uploads', {
    method: 'POST',
    headers: { ...protocol, 'upload-length': '4', 'upload-metadata': `settings ${encoded}` },
  });
  expect(await answer.clone().json()).toMatchObject({ errors: [expect.stringContaining('too few bits')] });
  await expectProblem(answer, 422);
});

test('refuses invalid settings with every reason, including those between rungs', async () => {
  const settings = {
    ladder: [
      { height: '720', maxBitsPerSecond: 1 },
      { height: 2160, maxBitsPerSecond: 1e5 },
    ],
  };
  const encoded = Buffer.from(JSON.stringify(settings)).toString('base64');
  const answer = await encoder.request('/v1/uploads', {
    method: 'POST',
    headers: { ...protocol, 'upload-length': '4', 'upload-metadata': `settings ${encoded}` },
  });
  expect(await answer.clone().json()).toMatchObject({
    errors: [
      expect.stringContaining('rung 1: height must be'),
      expect.stringContaining('rung 1: maxBitsPerSecond must be'),
      expect.stringContaining('rung 2 (2160 lines, 100 kb/s) has too few bits'),
    ],
  });
  await expectProblem(answer, 400);
});

test('reads the title record once per PATCH, and once more to finish the upload', async () => {
  const path = await createUpload(10);
  const read = vi.spyOn(encoder.store, 'read');
  const readsOf = async (offset: number, body: string): Promise<number> => {
    read.mockClear();
    const answer = await encoder.request(path, { method: 'PATCH', headers: patchHeaders(offset), body });
    expect(answer.status).toBe(204);
    return read.mock.calls.filter(([key]) => key === titleKey(titleIdOfUpload(path))).length;
  };
  try {
    expect(await readsOf(0, '012')).toBe(1);
    expect(await readsOf(3, '345')).toBe(1);
    expect(await readsOf(6, '6789')).toBe(2);
  } finally {
    read.mockRestore();
  }
  expect(await readTitle(path)).toMatchObject({ state: 'queued' });
});

test.each([
  ['HEAD', 200, protocol],
  ['an empty PATCH', 204, { ...patchHeaders(4), 'content-length': '0' }],
])('%s finishes an upload whose server was killed after the last byte', async (method, status, headers) => {
  const path = await createUpload(4);
  const titleId = titleIdOfUpload(path);
  await encoder.spool.append(titleId, Readable.from([Buffer.from('0123')]), 0, 4);
  const answer = await encoder.request(path, { method: method === 'HEAD' ? 'HEAD' : 'PATCH', headers });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('upload-offset')).toBe('4');
  const record = (await readTitle(path)) ?? expect.fail();
  expect(record).toMatchObject({ state: 'queued' });
  expect(await encoder.encoder.jobs.analyseJobStatus(record)).toEqual({ state: 'alive' });
  expect((await encoder.store.read(sourceKey(titleId))).bytes.toString()).toBe('0123');
});

test('an upload whose title is deleted while its last bytes arrive is not finished', async () => {
  const path = await createUpload(4);
  const titleId = titleIdOfUpload(path);
  let finish = (): void => undefined;
  const slowBody = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from('01'));
      finish = () => {
        controller.enqueue(Buffer.from('23'));
        controller.close();
      };
    },
  });
  const patch = encoder.request(path, {
    method: 'PATCH',
    headers: patchHeaders(0),
    body: slowBody,
    duplex: 'half',
  } as RequestInit);
  await pollUntil('the first bytes are stored', 5_000, async () =>
    (await encoder.spool.offset(titleId, 4)) === 2 ? true : undefined,
  );
  const deleted = await encoder.request(`/v1/titles/${titleId}`, { method: 'DELETE' });
  expect(deleted.status).toBe(204);
  finish();
  expect((await patch).status).toBe(204);
  expect(await readTitle(path)).toMatchObject({ state: 'deleted' });
  expect(await encoder.store.head(sourceKey(titleId))).toBeUndefined();
});

test('resumes at the reported offset, and reports a finished upload as complete', async () => {
  const path = await createUpload(10);
  expect(
    (await encoder.request(path, { method: 'PATCH', headers: patchHeaders(0), body: '01234' })).status,
  ).toBe(204);
  const head = await encoder.request(path, { method: 'HEAD', headers: protocol });
  expect([head.status, head.headers.get('upload-offset'), head.headers.get('upload-length')]).toEqual([
    200,
    '5',
    '10',
  ]);
  expect(
    (await encoder.request(path, { method: 'PATCH', headers: patchHeaders(5), body: '56789' })).status,
  ).toBe(204);
  const done = await encoder.request(path, { method: 'HEAD', headers: protocol });
  expect(done.headers.get('upload-offset')).toBe('10');
  expect((await encoder.store.read(sourceKey(titleIdOfUpload(path)))).bytes.toString()).toBe('0123456789');
});

/** Sends the head of a PATCH for the whole file; the caller sends the body. */
function beginPatch(path: string, bytes: number): Socket {
  const { port } = new URL(encoder.url);
  const socket = connect(Number(port), '127.0.0.1');
  const lines = [
    `PATCH ${path} HTTP/1.1`,
    'host: encoder',
    `authorization: Bearer ${encoder.apiKey}`,
    ...Object.entries(patchHeaders(0)).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${bytes}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return socket;
}

test('answers 408 to a client that sends too slowly, and keeps the bytes that arrived', async () => {
  const path = await createUpload(1_000);
  const socket = beginPatch(path, 1_000);
  socket.write(Buffer.alloc(100, 1));
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  await pollUntil('an answer', 5_000, async () => answer.includes('upload-too-slow') || undefined);
  expect(answer.split('\r\n', 1)).toEqual(['HTTP/1.1 408 Request Timeout']);
  socket.destroy();
  const offset = await encoder.request(path, { method: 'HEAD', headers: protocol });
  expect(offset.headers.get('upload-offset')).toBe('100');
});

test('answers 503 with Retry-After while the folder of uploads is away', async () => {
  const path = await createUpload(4);
  const folder = join(fileURLToPath(encoder.storageUrl), 'uploads');
  await rename(folder, `${folder}-away`).catch(() => undefined);
  await writeFile(folder, '');
  try {
    const answer = await encoder.request(path, { method: 'PATCH', headers: patchHeaders(0), body: '0123' });
    expect(answer.headers.get('retry-after')).toBe('2');
    await expectProblem(answer, 503);
  } finally {
    await rm(folder);
    await rename(`${folder}-away`, folder).catch(() => undefined);
  }
  const resumed = await encoder.request(path, { method: 'PATCH', headers: patchHeaders(0), body: '0123' });
  expect(resumed.status).toBe(204);
});

test('keeps the bytes that arrived before a connection broke', async () => {
  const path = await createUpload(1_000_000);
  const socket = beginPatch(path, 1_000_000);
  socket.write(Buffer.alloc(200_000, 1));
  await pollUntil('the bytes are stored', 5_000, async () => {
    const offset = await encoder.spool.offset(titleIdOfUpload(path), 1_000_000);
    return offset === 200_000 || undefined;
  });
  socket.destroy();
  await pollUntil('the upload is unlocked', 5_000, async () => {
    const answer = await encoder.request(path, {
      method: 'PATCH',
      headers: patchHeaders(200_000),
      body: Buffer.alloc(800_000, 2),
    });
    return answer.status === 204 || undefined;
  });
  const { bytes } = await encoder.store.read(sourceKey(titleIdOfUpload(path)));
  expect([bytes.length, bytes[199_999], bytes[200_000]]).toEqual([1_000_000, 1, 2]);
});

test('accepts the upload of an empty file, whose title fails as empty', async () => {
  const path = await createUpload(0);
  expect(await readTitle(path)).toMatchObject({ state: 'failed', failure: { code: 'empty' } });
});

test('refuses a second writer with 423 while the first is sending', async () => {
  const path = await createUpload(4);
  let finish = (): void => undefined;
  const slowBody = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from('01'));
      finish = () => {
        controller.enqueue(Buffer.from('23'));
        controller.close();
      };
    },
  });
  const first = encoder.request(path, {
    method: 'PATCH',
    headers: patchHeaders(0),
    body: slowBody,
    duplex: 'half',
  } as RequestInit);
  await pollUntil('the first writer holds the lock', 5_000, async () =>
    (await encoder.redis.exists(`{millrace}:upload-lock:${titleIdOfUpload(path)}`)) ? true : undefined,
  );
  await expectProblem(
    await encoder.request(path, { method: 'PATCH', headers: patchHeaders(0), body: 'xx' }),
    423,
  );
  finish();
  expect((await first).status).toBe(204);
  expect((await encoder.store.read(sourceKey(titleIdOfUpload(path)))).bytes.toString()).toBe('0123');
});

test('discards a chunk with a wrong checksum and accepts it with the right one', async () => {
  const path = await createUpload(4);
  const digest = createHash('sha256').update('0123').digest('base64');
  const send = (body: string) =>
    encoder.request(path, {
      method: 'PATCH',
      headers: { ...patchHeaders(0), 'upload-checksum': `sha256 ${digest}` },
      body,
    });
  await expectProblem(await send('0124'), 460);
  expect(await encoder.spool.offset(titleIdOfUpload(path), 4)).toBe(0);
  expect((await send('0123')).status).toBe(204);
});

test('answers 410 for an expired upload', async () => {
  const path = await createUpload(4);
  await encoder.titles.update(titleIdOfUpload(path), (record) => ({
    ...record,
    createdAt: new Date(Date.now() - 25 * 3600 * 1000).toISOString(),
  }));
  await expectProblem(
    await encoder.request(path, { method: 'PATCH', headers: patchHeaders(0), body: '0123' }),
    410,
  );
});

test('deletes an upload on request', async () => {
  const path = await createUpload(4);
  await encoder.request(path, { method: 'PATCH', headers: patchHeaders(0), body: '01' });
  expect((await encoder.request(path, { method: 'DELETE', headers: protocol })).status).toBe(204);
  expect(await readTitle(path)).toMatchObject({ state: 'deleted' });
  expect(await encoder.spool.offset(titleIdOfUpload(path), 4)).toBe(0);
});

const b64 = (text: string) => Buffer.from(text).toString('base64');
test.each([
  ['a length over the limit', 413, { 'upload-length': String(maxSourceBytes + 1) }],
  ['a negative length', 400, { 'upload-length': '-1' }],
  ['a length that is not a decimal number', 400, { 'upload-length': '1e9' }],
  ['no length', 400, {}],
  ['a deferred length', 400, { 'upload-defer-length': '1' }],
  ['no protocol version', 412, { 'upload-length': '1', 'tus-resumable': '' }],
  ['another protocol version', 412, { 'upload-length': '1', 'tus-resumable': '0.2.2' }],
  ['a compressed body', 415, { 'upload-length': '1', 'content-encoding': 'gzip' }],
  ['settings that are not JSON', 400, { 'upload-length': '1', 'upload-metadata': `settings ${b64('{')}` }],
  ['unknown settings', 400, { 'upload-length': '1', 'upload-metadata': `settings ${b64('{"x":1}')}` }],
  ['metadata that is not Base64', 400, { 'upload-length': '1', 'upload-metadata': 'filename ?' }],
])('refuses to create an upload with %s', async (_case, status, headers) => {
  const answer = await encoder.request('/v1/uploads', {
    method: 'POST',
    headers: { ...protocol, ...headers },
  });
  await expectProblem(answer, status);
});

test.each([
  ['a wrong offset', 409, { 'upload-offset': '2' }, '01'],
  ['no offset', 400, { 'upload-offset': '' }, '01'],
  ['a negative offset', 400, { 'upload-offset': '-1' }, '01'],
  ['a wrong type', 415, { 'content-type': 'video/mp4' }, '01'],
  ['no protocol version', 412, { 'tus-resumable': '' }, '01'],
  ['more bytes than declared', 413, {}, '01234'],
  ['an unknown checksum algorithm', 400, { 'upload-checksum': 'crc32 AAAA' }, '01'],
])('refuses bytes with %s', async (_case, status, headers, body) => {
  const path = await createUpload(4);
  const answer = await encoder.request(path, {
    method: 'PATCH',
    headers: { ...patchHeaders(0), ...headers },
    body,
  });
  await expectProblem(answer, status);
  expect(await encoder.spool.offset(titleIdOfUpload(path), 4)).toBe(0);
});

test.each(['/v1/uploads/01a20708-a72a-74fd-af39-744725b16bdd', '/v1/uploads/..%2f..%2fetc', '/v1/uploads/x'])(
  'answers 404 for %s, which is not an upload',
  async (path) => {
    await expectProblem(
      await encoder.request(path, { method: 'PATCH', headers: patchHeaders(0), body: 'x' }),
      404,
    );
  },
);

/** A body that sends some bytes and never ends, as that of a process which dies before the last. */
function unfinishedBody(chunk: Buffer): Readable {
  const body = new Readable({ read: () => undefined });
  body.push(chunk);
  return body;
}

test('bytes of a chunk with a checksum do not count if the encoder dies before its end', async () => {
  const path = await createUpload(8);
  const titleId = titleIdOfUpload(path);
  const file = join(fileURLToPath(encoder.storageUrl), 'uploads', titleId);
  await encoder.spool.append(titleId, Readable.from([Buffer.from('01')]), 0, 8);
  void encoder.spool.appendWhole(titleId, unfinishedBody(Buffer.from('xxxxxx')), 2, 8).catch(() => undefined);
  await pollUntil('the bytes are in the file', 5_000, async () => (await stat(file)).size === 8 || undefined);
  // The state that a killed encoder leaves: all bytes in the file, those of the chunk not verified.
  expect(await encoder.spool.offset(titleId, 8)).toBe(2);
  await expect(encoder.spool.commit(titleId, 8)).rejects.toThrow('2 of 8 bytes');
  const answer = await encoder.request(path, { method: 'PATCH', headers: patchHeaders(2), body: '234' });
  expect(answer.headers.get('upload-offset')).toBe('5');
  expect(await readFile(file, 'utf8')).toBe('01234');
});

test('a chunk with a wrong checksum leaves the bytes before it, and no other file', async () => {
  const path = await createUpload(4);
  const folder = join(fileURLToPath(encoder.storageUrl), 'uploads');
  await encoder.request(path, { method: 'PATCH', headers: patchHeaders(0), body: '01' });
  const digest = createHash('sha1').update('23').digest('base64');
  const send = (body: string) =>
    encoder.request(path, {
      method: 'PATCH',
      headers: { ...patchHeaders(2), 'upload-checksum': `sha1 ${digest}` },
      body,
    });
  await expectProblem(await send('xx'), 460);
  const titleId = titleIdOfUpload(path);
  expect(await readFile(join(folder, titleId), 'utf8')).toBe('01');
  expect((await readdir(folder)).filter((name) => name.includes(titleId))).toEqual([titleId]);
  expect((await send('23')).status).toBe(204);
  expect((await encoder.store.read(sourceKey(titleId))).bytes.toString()).toBe('0123');
  expect((await readdir(folder)).filter((name) => name.includes(titleId))).toEqual([]);
});

test('removes copies of bodies that an earlier release left, but none that may be in use', async () => {
  const root = await mkdtemp(join(tmpdir(), 'millrace-spool-'));
  const folder = join(root, 'uploads');
  await mkdir(folder);
  const [old, fresh] = [`checked-${randomUUID()}`, `checked-${randomUUID()}`];
  for (const name of [old, fresh, 'checked-other']) await writeFile(join(folder, name), 'x');
  const yesterday = new Date(Date.now() - 24 * 3600 * 1000);
  for (const name of [old, 'checked-other']) await utimes(join(folder, name), yesterday, yesterday);
  await openUploadSpool(pathToFileURL(root).href, undefined, encoder.store, 0);
  expect((await readdir(folder)).sort()).toEqual([fresh, 'checked-other'].sort());
  await rm(root, { recursive: true });
});
