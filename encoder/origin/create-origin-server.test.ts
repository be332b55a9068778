import { request as httpRequest } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { type Job, Queue, Worker } from 'bullmq';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Plan } from '#core/contracts/plan.js';
import {
  initFile,
  planKey,
  publicationPrefix,
  segmentFile,
  videoFolder,
} from '#core/contracts/publication-layout.js';
import { type EncodeSegmentTask, taskSchema } from '#core/contracts/task.js';
import { withDigest } from '#core/isobmff/digest-box.js';
import { writeBox } from '#core/isobmff/write-box.js';
import { DemandInterest } from '#core/queue/demand-interest.js';
import { queuePrefix, redisKeys } from '#core/queue/queues.js';
import { connectRedis } from '#core/queue/redis.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningEncoder, startEncoder } from '#fixtures/running-encoder.js';
import { samplePublication } from '#fixtures/sample-publication.js';

const originSecret = 'a secret of the edges';
let redis: RedisFixture;
let encoder: RunningEncoder;

beforeAll(async () => {
  redis = await startRedisServer();
  encoder = await startEncoder(redis.url, {
    originSecret,
    limits: { maxOutstanding: 3, waitMs: 1_500, pollMs: 100 },
  });
});

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

afterAll(async () => {
  await encoder.stop();
  await redis.stop();
});

async function ask(
  path: string,
  headers: Record<string, string> = {},
  init: RequestInit = {},
): Promise<Response> {
  const authorization = `Bearer ${originSecret}`;
  return fetch(`${encoder.originUrl}${path}`, { ...init, headers: { authorization, ...headers } });
}

/** A playable title with a plan and nothing encoded. */
async function playable(): Promise<Plan> {
  const { record, plan } = samplePublication();
  await encoder.titles.create(record);
  await encoder.store.put(planKey(plan.publicationId), Buffer.from(JSON.stringify(plan)));
  return plan;
}

const put = (plan: Plan, path: string, body: string) =>
  encoder.store.put(publicationPrefix(plan.publicationId) + path, Buffer.from(body), { condition: 'absent' });
const at = (plan: Plan, path: string) => `/media/${plan.publicationId}/${path}`;
const segment = (index: number) => `${videoFolder('h264-720')}/${segmentFile(index)}`;

/**
 * A worker that stores the video segments it is asked for, or does what `make` says. Returns their tasks; the
 * demands of audio beside them come to nothing.
 */
function startWorker(
  make: (task: EncodeSegmentTask, job: Job) => Promise<void> = makeSegments,
): EncodeSegmentTask[] {
  const tasks: EncodeSegmentTask[] = [];
  const connection = connectRedis(redis.url, 'worker');
  const worker = new Worker(
    'demand',
    async (job) => {
      const task = taskSchema.parse({ name: job.name, data: job.data });
      if (task.name !== 'encode-segment') throw new Error(`${task.name} is no demand`);
      if (task.data.renditionId === 'en-2') return;
      tasks.push(task.data);
      await make(task.data, job);
    },
    { connection, prefix: queuePrefix, concurrency: 4 },
  );
  ends.push(async () => {
    await worker.close();
    connection.disconnect();
  });
  return tasks;
}

async function makeSegments({ publicationId, renditionId, segmentIndex }: EncodeSegmentTask): Promise<void> {
  const folder = videoFolder(renditionId);
  const path = `${folder}/${segmentFile(segmentIndex)}`;
  const prefix = publicationPrefix(publicationId);
  await encoder.store.put(`${prefix}${folder}/${initFile}`, Buffer.from('init'));
  await encoder.store.put(prefix + path, Buffer.from(`bytes of ${path}`), { condition: 'absent' });
  await encoder.redis.publish(redisKeys.storedChannel(publicationId), path);
}

test('serves stored objects whole, in part, and not again to clients that have them', async () => {
  const plan = await playable();
  await put(plan, segment(0), '0123456789');
  const whole = await ask(at(plan, segment(0)));
  expect([whole.status, await whole.text()]).toEqual([200, '0123456789']);
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    'content-length': '10',
    'content-type': 'video/mp4',
    'cache-control': 'public, max-age=31536000, immutable',
    'accept-ranges': 'bytes',
  });
  const etag = whole.headers.get('etag') ?? '';
  const part = await ask(at(plan, segment(0)), { range: 'bytes=2-4' });
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
    206,
    'bytes 2-4/10',
    '234',
  ]);
  const past = await ask(at(plan, segment(0)), { range: 'bytes=10-' });
  expect([past.status, past.headers.get('content-range')]).toEqual([416, 'bytes */10']);
  expect((await ask(at(plan, segment(0)), { range: 'bytes=0-1,4-5' })).status).toBe(200);
  expect((await ask(at(plan, segment(0)), { 'if-none-match': `"x", W/${etag}` })).status).toBe(304);
  const head = await ask(at(plan, segment(0)), {}, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
});

test('compresses playlists for clients that accept it', async () => {
  const plan = await playable();
  const text = '#EXTM3U\n'.repeat(200);
  await put(plan, 'multivariant.m3u8', text);
  const raw = await new Promise<{ encoding: string | undefined; vary: string | undefined; body: Buffer }>(
    (resolve, reject) => {
      const headers = { authorization: `Bearer ${originSecret}`, 'accept-encoding': 'gzip' };
      httpRequest(`${encoder.originUrl}${at(plan, 'multivariant.m3u8')}`, { headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            encoding: response.headers['content-encoding'],
            vary: response.headers.vary,
            body: Buffer.concat(chunks),
          }),
        );
      })
        .on('error', reject)
        .end();
    },
  );
  expect([raw.encoding, raw.vary]).toEqual(['gzip', 'Accept-Encoding']);
  expect(gunzipSync(raw.body).toString()).toBe(text);
  const plain = await ask(at(plan, 'multivariant.m3u8'), { 'accept-encoding': 'gzip;q=0' });
  expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, text]);
});

test('refuses clients without the secret', async () => {
  const plan = await playable();
  await put(plan, segment(0), 'x');
  for (const authorization of ['', 'Bearer wrong', originSecret])
    expect((await ask(at(plan, segment(0)), { authorization })).status).toBe(401);
  expect((await fetch(`${encoder.originUrl}/readyz`)).status).toBe(200);
});

test('serves nothing but media', async () => {
  const plan = await playable();
  const missing = await ask(at(plan, 'plan.json'));
  expect([missing.status, missing.headers.get('cache-control')]).toEqual([404, 'max-age=2']);
  expect((await ask(at(plan, 'v/%252e%252e/plan.json'))).status).toBe(400);
  const answer = await ask(at(plan, segment(0)), {}, { method: 'POST', body: 'x' });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('a hundred requests for a segment not yet encoded add one job and get one segment', async () => {
  const plan = await playable();
  const tasks = startWorker();
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask(at(plan, segment(41)))));
  const bodies = await Promise.all(answers.map((answer) => answer.text()));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(bodies)).toEqual(new Set([`bytes of ${segment(41)}`]));
  expect(tasks).toEqual([
    {
      titleId: plan.titleId,
      publicationId: plan.publicationId,
      segmentIndex: 41,
      renditionId: 'h264-720',
      followsPlayers: true,
    },
  ]);
});

test('an init segment not yet stored comes with the first segment of its rung', async () => {
  const plan = await playable();
  const tasks = startWorker();
  const answer = await ask(at(plan, 'v/h264-360/init.mp4'));
  expect([answer.status, await answer.text()]).toEqual([200, 'init']);
  expect(tasks.map(({ segmentIndex, renditionId }) => [segmentIndex, renditionId])).toEqual([
    [0, 'h264-360'],
  ]);
});

test('does not wait behind queued spans: demands have a queue of their own', async () => {
  const plan = await playable();
  await encoder.encoder.jobs.restartPublication(plan);
  const asked = ask(at(plan, segment(7)));
  const waitingIn = async (name: string): Promise<string[] | undefined> => {
    const queue = new Queue(name, { connection: encoder.redis, prefix: queuePrefix });
    ends.push(() => queue.obliterate({ force: true }));
    const waiting = await queue.getJobs('prioritized', 0, -1, true);
    return waiting.length === 0 ? undefined : waiting.map((job) => job.name);
  };
  expect(await pollUntil('the demand waits', 5_000, () => waitingIn('demand'))).toContain('encode-segment');
  expect(await waitingIn('encode-h264')).toEqual(['encode-span']);
  await asked;
});

test('demands again when a job was lost with Redis, and answers 503 when no segment arrives', async () => {
  const plan = await playable();
  const asked = ask(at(plan, segment(3)));
  const late = await asked;
  expect([late.status, late.headers.get('retry-after')]).toEqual([503, '1']);
  const tasks = startWorker();
  expect((await ask(at(plan, segment(3)))).status).toBe(200);
  // The job that no worker took also serves the second request.
  expect(tasks).toHaveLength(1);
});

test('withdraws the job when the last client has left', async () => {
  const plan = await playable();
  const queue = new Queue('demand', { connection: encoder.redis, prefix: queuePrefix });
  const jobId = `demand-${plan.publicationId}-h264-720-9`;
  const left = new AbortController();
  const asked = ask(at(plan, segment(9)), {}, { signal: left.signal }).catch(() => undefined);
  await pollUntil('the job waits', 5_000, async () => (await queue.getJob(jobId)) ?? undefined);
  left.abort();
  await asked;
  await pollUntil('the job is gone', 5_000, async () => ((await queue.getJob(jobId)) ? undefined : true));
});

test('requests for segments that a live run reaches next join it', async () => {
  const plan = await playable();
  const interest = new DemandInterest(encoder.redis);
  const tasks = startWorker(async (task) => {
    // As a worker does: it announces its run, makes two segments while requests wait, and ends.
    const run = { ...task, firstSegment: task.segmentIndex, nextSegment: task.segmentIndex, endSegment: 25 };
    await pollUntil('the next segment is not waited for', 5_000, async () => {
      await interest.announceRun(run);
      const next = { ...run, nextSegment: task.segmentIndex + 1 };
      return (await interest.announceRun(next)).isWaitedFor || undefined;
    });
    for (const index of [0, 1]) await makeSegments({ ...task, segmentIndex: task.segmentIndex + index });
    await interest.endRun(task);
  });
  const first = ask(at(plan, segment(20)));
  await pollUntil('the run does not start', 5_000, async () => tasks[0]);
  const asked = [first, ask(at(plan, segment(21)))];
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200]);
  expect(tasks.map(({ segmentIndex }) => segmentIndex)).toHaveLength(1);
});

test('a segment that a run did not reach gets a job of its own once the run has ended', async () => {
  const plan = await playable();
  const interest = new DemandInterest(encoder.redis);
  const { publicationId } = plan;
  const run = { publicationId, renditionId: 'h264-720', firstSegment: 30, nextSegment: 30, endSegment: 40 };
  await interest.announceRun(run);
  const tasks = startWorker();
  const asked = ask(at(plan, segment(31)));
  await pollUntil('the segment is not waited for', 5_000, async () => {
    const { isWaitedFor } = await interest.announceRun(run);
    return isWaitedFor || undefined;
  });
  expect(tasks).toEqual([]);
  await interest.endRun({ ...run, segmentIndex: 30 });
  expect((await asked).status).toBe(200);
  expect(tasks.map(({ segmentIndex }) => segmentIndex)).toEqual([31]);
});

test('keeps the job while a player of another origin waits, and withdraws it with the last one', async () => {
  const plan = await playable();
  const interest = new DemandInterest(encoder.redis);
  const queue = new Queue('demand', { connection: encoder.redis, prefix: queuePrefix });
  const address = { publicationId: plan.publicationId, renditionId: 'h264-720', segmentIndex: 50 };
  const run = { ...address, firstSegment: 50, nextSegment: 50, endSegment: 60 };
  const left = new AbortController();
  const asked = ask(at(plan, segment(50)), {}, { signal: left.signal }).catch(() => undefined);
  const jobId = `demand-${plan.publicationId}-h264-720-50`;
  await pollUntil('the job waits', 5_000, async () => (await queue.getJob(jobId)) ?? undefined);
  await interest.wait(address, 'another origin');
  left.abort();
  await asked;
  await pollUntil('the origin still waits', 5_000, async () => {
    const waiters = await encoder.redis.smembers(redisKeys.segmentWaiters(address));
    return waiters.length === 1 || undefined;
  });
  expect(await queue.getJob(jobId)).toBeDefined();
  expect(await interest.announceRun(run)).toMatchObject({ isWaitedFor: true, isFollowed: true });
  expect(await interest.leave(address, 'another origin')).toBe(true);
  expect(await interest.announceRun(run)).toMatchObject({ isWaitedFor: false, isFollowed: false });
  await queue.remove(jobId);
});

test('says which stored segments players request', async () => {
  const plan = await playable();
  await put(plan, segment(4), 'x');
  const interest = new DemandInterest(encoder.redis);
  await (await ask(at(plan, segment(4)))).arrayBuffer();
  const run = { publicationId: plan.publicationId, renditionId: 'h264-720', firstSegment: 5, endSegment: 15 };
  await pollUntil('the request is not reported', 5_000, async () => {
    const { isFollowed } = await interest.announceRun({ ...run, nextSegment: 7 });
    return isFollowed || undefined;
  });
  expect(await interest.announceRun({ ...run, nextSegment: 8 })).toMatchObject({ isFollowed: false });
});

test('bounds the objects waited for at the same time', async () => {
  const plan = await playable();
  const waiting = [1, 2, 3].map((index) => ask(at(plan, segment(index))));
  await pollUntil('three are waited for', 5_000, async () => {
    const metrics = await (await fetch(`${encoder.originUrl}/metrics`)).text();
    return /millrace_demand_outstanding\{[^}]*\} 3/.test(metrics) || undefined;
  });
  const refused = await ask(at(plan, segment(4)));
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  await Promise.all(waiting);
});

/** The demand of an audio segment, or undefined if there is none. */
async function findAudioDemand(plan: Plan, index: number): Promise<Job | undefined> {
  const queue = new Queue('demand', { connection: encoder.redis, prefix: queuePrefix });
  return queue.getJob(`demand-${plan.publicationId}-en-2-${index}`);
}

test('demands the default audio beside video, unless a run is about to store it', async () => {
  const plan = await playable();
  await put(plan, `a/en-2/${segmentFile(4)}`, 'audio before');
  const asked = [ask(at(plan, segment(5))), ask(at(plan, segment(60)))];
  const beside = await pollUntil('no demand of the audio', 5_000, () => findAudioDemand(plan, 60));
  expect(beside.name).toBe('encode-segment');
  await Promise.all(asked);
  expect(await findAudioDemand(plan, 5)).toBeUndefined();
});

test('waits for the audio that a run stores next without a job of its own', async () => {
  const plan = await playable();
  const path = `a/en-2/${segmentFile(5)}`;
  await put(plan, `a/en-2/${segmentFile(4)}`, 'audio before');
  const asked = ask(at(plan, path));
  await put(plan, path, 'audio');
  expect(await (await asked).text()).toBe('audio');
  expect(await findAudioDemand(plan, 5)).toBeUndefined();
});

test('demands audio far from what is stored, and the next audio once its run is late', async () => {
  const plan = await playable();
  await put(plan, `a/en-2/${segmentFile(4)}`, 'audio before');
  const asked = [ask(at(plan, `a/en-2/${segmentFile(60)}`)), ask(at(plan, `a/en-2/${segmentFile(5)}`))];
  const far = await pollUntil('no demand of the far one', 5_000, () => findAudioDemand(plan, 60));
  expect(far.name).toBe('encode-segment');
  expect(await findAudioDemand(plan, 5)).toBeUndefined();
  const late = await pollUntil('no demand of the late one', 5_000, () => findAudioDemand(plan, 5));
  for (const index of [60, 5]) await put(plan, `a/en-2/${segmentFile(index)}`, `audio ${index}`);
  const bodies = await Promise.all(asked.map(async (answer) => (await answer).text()));
  expect(bodies).toEqual(['audio 60', 'audio 5']);
  await Promise.all([far.remove(), late.remove()]);
});

test.each<[string, Partial<Plan['video']>]>([
  ['can only be read from its start', { seeking: 'none' }],
  ['rounds its timestamps', { demuxer: 'matroska' }],
])('demands no audio of a source that %s', async (_case, video) => {
  const { record, plan } = samplePublication();
  await encoder.titles.create(record);
  const unseekable: Plan = { ...plan, video: { ...plan.video, ...video } };
  await encoder.store.put(planKey(plan.publicationId), Buffer.from(JSON.stringify(unseekable)));
  expect((await ask(at(plan, `a/en-2/${segmentFile(60)}`))).status).toBe(503);
  expect(await findAudioDemand(plan, 60)).toBeUndefined();
});

test.each([
  ['a segment past the end', 'v/h264-720/00100.m4s'],
  ['a rung that is not planned', 'v/h264-480/00001.m4s'],
  ['audio that is not planned', 'a/fr-2/00001.m4s'],
  ['a playlist that is not stored', 'multivariant.m3u8'],
])('answers 404 at once for %s', async (_case, path) => {
  const plan = await playable();
  expect((await ask(at(plan, path))).status).toBe(404);
});

test('demands a missing segment of a ready title; answers 410 once its source is gone', async () => {
  const tasks = startWorker();
  const plan = await playable();
  await encoder.store.put(plan.source.key, Buffer.from('source'));
  await encoder.titles.enter(plan.titleId, 'ready', ['playable']);
  expect(await (await ask(at(plan, segment(3)))).text()).toBe(`bytes of ${segment(3)}`);
  const { publicationId } = plan;
  expect(tasks).toContainEqual(
    expect.objectContaining({ publicationId, renditionId: 'h264-720', segmentIndex: 3 }),
  );
  await encoder.store.delete(plan.source.key);
  expect((await ask(at(plan, segment(4)))).status).toBe(410);
});

test('moves a segment aside if its digest does not match, and serves one without', async () => {
  startWorker();
  const plan = await playable();
  const key = publicationPrefix(plan.publicationId) + segment(0);
  const stored = withDigest(writeBox('mdat', Buffer.from('video')));
  const changed = Buffer.from(stored);
  changed.write('w', 8);
  await encoder.store.put(key, changed);
  expect(await (await ask(at(plan, segment(0)))).text()).toBe(`bytes of ${segment(0)}`);
  const copy = `${publicationPrefix(plan.publicationId)}damaged/${segment(0)}.damaged`;
  expect((await encoder.store.read(copy)).bytes).toEqual(changed);
  expect((await ask(at(plan, `damaged/${segment(0)}.damaged`))).status).toBe(404);
  const earlier = writeBox('mdat', Buffer.from('video'));
  await encoder.store.put(publicationPrefix(plan.publicationId) + segment(1), earlier);
  expect(Buffer.from(await (await ask(at(plan, segment(1)))).arrayBuffer())).toEqual(earlier);
});

test('encodes nothing for a title that has failed or is deleted', async () => {
  for (const state of ['failed', 'deleted'] as const) {
    const plan = await playable();
    await encoder.titles.enter(plan.titleId, state, ['playable']);
    expect((await ask(at(plan, segment(0)))).status).toBe(404);
  }
});

async function countSentBytes(): Promise<number> {
  const text = await (await fetch(`${encoder.originUrl}/metrics`)).text();
  return Number(/^millrace_origin_sent_bytes_total\{[^}]*\} (\d+)$/m.exec(text)?.[1]);
}

test.each([
  ['a whole object', 'GET', {}, 20_000],
  ['a range', 'GET', { range: 'bytes=10-19' }, 10],
  ['a HEAD request', 'HEAD', {}, 0],
  ['an unsatisfiable range', 'GET', { range: 'bytes=20000-' }, 0],
])('counts the body bytes sent for %s', async (_case, method, headers, expected) => {
  const plan = await playable();
  await put(plan, segment(0), 'x'.repeat(20_000));
  const before = await countSentBytes();
  await (await ask(at(plan, segment(0)), headers, { method })).arrayBuffer();
  // The bytes of a later answer are counted after these.
  await (await ask(at(plan, segment(0)), { range: 'bytes=0-0' })).arrayBuffer();
  const sent = await pollUntil('the bytes were not counted', 5_000, async () => {
    const bytes = (await countSentBytes()) - before;
    return bytes > expected ? bytes : undefined;
  });
  expect(sent).toBe(expected + 1);
});

test('counts an object that is streamed from storage', async () => {
  const plan = await playable();
  const bytes = 17 * 1024 * 1024;
  await put(plan, segment(0), 'x'.repeat(bytes));
  const before = await countSentBytes();
  expect((await (await ask(at(plan, segment(0)))).arrayBuffer()).byteLength).toBe(bytes);
  const sent = await pollUntil('the bytes were not counted', 5_000, async () => {
    const counted = (await countSentBytes()) - before;
    return counted >= bytes ? counted : undefined;
  });
  expect(sent).toBe(bytes);
});
