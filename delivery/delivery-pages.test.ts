import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTitleId } from '#core/contracts/ids.js';
import { titleSummaryListSchema, titleSummarySchema } from '#core/contracts/title-resource.js';
import { reportEncodeSpeed } from '#core/queue/encode-speeds.js';
import { redisKeys } from '#core/queue/queues.js';
import { deriveExplainKey } from '#delivery/http/require-explain-key.js';
import { type EdgeStandIn, startEdgeStandIn } from '#fixtures/edge-stand-in.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningDelivery, startDelivery } from '#fixtures/running-delivery.js';
import { samplePublication } from '#fixtures/sample-publication.js';

let redisServer: RedisFixture;
let delivery: RunningDelivery;
let edge: EdgeStandIn;
const title = samplePublication();

beforeAll(async () => {
  redisServer = await startRedisServer();
  delivery = await startDelivery(redisServer.url, { trustedProxies: ['127.0.0.1'] });
  edge = await startEdgeStandIn(delivery.redis, 'lon');
  await delivery.publish(title);
  // Fast enough to offer every rung of a title that is still being encoded.
  await reportEncodeSpeed(delivery.redis, 'h264', { megapixels: 10_000, seconds: 1, startupSeconds: 0 });
  await mkdir(join(delivery.webDirectory, 'assets'), { recursive: true });
  await writeFile(join(delivery.webDirectory, 'index.html'), `<!doctype html>${' '.repeat(2_000)}`);
  await writeFile(join(delivery.webDirectory, 'assets', 'index-abc123.js'), 'export {};');
  await vi.waitFor(() => expect(delivery.parts.edges.edges).toHaveLength(1), { timeout: 5_000 });
});

afterAll(async () => {
  await edge.die();
  await delivery.stop();
  await redisServer.stop();
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(delivery.url + path, { headers });

describe('titles', () => {
  it('gives anybody the summary that a page needs', async () => {
    await delivery.redis.sadd(redisKeys.storedSegments(title.plan.publicationId), 'v/h264-234/0', 'a/en-2/0');
    const answer = await get(`/titles/${title.record.titleId}`);
    expect(titleSummarySchema.parse(await answer.json())).toEqual({
      titleId: title.record.titleId,
      name: 'Sample',
      state: 'playable',
      createdAt: title.record.createdAt,
      progress: { segmentsStored: 2, segmentsTotal: 600 },
      durationSeconds: 600,
      width: 1920,
      height: 1080,
      playlistUrl: `http://delivery.example/play/${title.record.titleId}.m3u8`,
    });
    expect((await get(`/titles/${createTitleId()}`)).status).toBe(404);
  });

  it('lists titles newest first, page by page, without uploading and deleted ones', async () => {
    const shown: string[] = [title.record.titleId];
    for (let index = 0; index < 120; index += 1) {
      const { record } = samplePublication();
      const state = index % 3 === 0 ? 'deleted' : index % 3 === 1 ? 'uploading' : 'ready';
      await delivery.publish({ record: { ...record, state } });
      if (state === 'ready') shown.push(record.titleId);
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const answer = await get(`/titles${cursor === undefined ? '' : `?cursor=${cursor}`}`);
      const page = titleSummaryListSchema.parse(await answer.json());
      seen.push(...page.titles.map(({ titleId }) => titleId));
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor !== undefined && pages < 10);
    expect(seen).toEqual(shown.reverse());
    expect((await get('/titles?cursor=x')).status).toBe(404);
  });

  it('streams progress until the title is ready', async () => {
    const { record, plan } = samplePublication();
    await delivery.publish({ record, plan });
    const answer = await get(`/titles/${record.titleId}/events`);
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const body = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    const first = await body?.read();
    expect(first?.value).toContain('"state":"playable"');
    await delivery.titles.enter(record.titleId, 'ready', ['playable']);
    let text = '';
    for (let chunk = await body?.read(); chunk && !chunk.done; chunk = await body?.read())
      text += chunk.value;
    expect(text).toContain('event: progress');
    expect(text).toContain('"state":"ready"');
  });
});

describe('pages', () => {
  it('serves the page with a policy that allows media from the edges', async () => {
    for (const path of ['/', `/watch/${title.record.titleId}`]) {
      const answer = await get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('content-security-policy')).toMatch(
        new RegExp(`connect-src 'self' .*${edge.url}`),
      );
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      const again = await get(path, { 'if-none-match': answer.headers.get('etag') ?? '' });
      expect(again.status).toBe(304);
    }
  });

  it('lets clients cache hashed files forever', async () => {
    const answer = await get('/assets/index-abc123.js');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  it.each([
    '/assets/none.js',
    '/assets/..%2f..%2fobjects',
    '/%2e%2e/objects',
    '/assets//index-abc123.js',
    '/%zz',
    '/%00',
  ])('answers 404 at %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});

describe('explain', () => {
  const path = `/explain/${title.record.titleId}`;

  it.each([undefined, 'Bearer x', `Bearer ${'0'.repeat(64)}`, `Basic ${'0'.repeat(64)}`])(
    'refuses the authorization %s',
    async (authorization) => {
      const answer = await get(path, authorization === undefined ? {} : { authorization });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    },
  );

  it('explains every stage to operators, for any client, without counting a session', async () => {
    const before = delivery.parts.edges.edges[0]?.sessions;
    const answer = await get(`${path}?address=203.0.113.7&userAgent=tvOS`, {
      authorization: `Bearer ${deriveExplainKey(delivery.tokenKey)}`,
    });
    expect(await answer.json()).toMatchObject({
      client: { address: '203.0.113.7', device: { deviceClass: 'tv' } },
      renditions: { firstRenditionId: 'h264-720', notes: [] },
      encodeSpeeds: { h264: { megapixelsPerSecond: 10_000 }, hevc: { measuredAtMs: null } },
      edges: {
        chosen: ['lon'],
        stages: expect.arrayContaining([expect.objectContaining({ stage: 'filter', dropped: [] })]),
      },
    });
    expect(delivery.parts.edges.edges[0]?.sessions).toBe(before);
  });

  it('uses the forwarded address that a trusted proxy adds', async () => {
    const answer = await get(path, {
      authorization: `Bearer ${deriveExplainKey(delivery.tokenKey)}`,
      'x-forwarded-for': '192.0.2.1, 203.0.113.8',
    });
    expect(await answer.json()).toMatchObject({ client: { address: '203.0.113.8' } });
  });
});

describe('content types', () => {
  it.each(['/titles', '/titles/01a2071b-07d9-71d5-91db-3e4e15497c42', '/play/none.m3u8'])(
    'are never guessed: %s',
    async (path) => {
      expect((await get(path)).headers.get('x-content-type-options')).toBe('nosniff');
    },
  );
});

describe('probes', () => {
  it('need no authorization', async () => {
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toContain('millrace_delivery_edges{health="healthy",service="delivery"} 1');
  });
});
