import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTitleId, publicationIdOf } from '#core/contracts/ids.js';
import { createSessionId, signPlaybackToken, type TokenKey } from '#core/contracts/playback-token.js';
import { Probes } from '#core/runtime/probes.js';
import { ObjectCache } from '#edge/cache/object-cache.js';
import { createEdgeServer } from '#edge/create-edge-server.js';
import { createEdgeMetrics } from '#edge/edge-metrics.js';
import { TrafficMeter } from '#edge/heartbeat/traffic-meter.js';
import { TokenVerifier } from '#edge/token/token-verifier.js';
import { fetchFromOrigin } from '#edge/upstream/fetch-from-origin.js';
import { pollUntil } from '#fixtures/poll-until.js';

const key: TokenKey = { keyId: 'k1', secret: Buffer.alloc(32, 7) };
const publicationId = publicationIdOf(createTitleId(), 1);
const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

let upstream: Server;
let edge: Server;
let dispatcher: Agent;
/** What the origin was asked for, and what it does next. */
let asked: { path: string; response: ServerResponse }[];
let answer: (response: ServerResponse, path: string) => void;
let base: string;

const wholeAnswer = (response: ServerResponse): void => {
  response.writeHead(200, {
    'content-length': body.length,
    etag: '"v1"',
    'cache-control': 'public, immutable',
  });
  response.end(body);
};

beforeEach(async () => {
  asked = [];
  answer = wholeAnswer;
  upstream = createServer((incoming, response) => {
    asked.push({ path: incoming.url ?? '', response });
    answer(response, incoming.url ?? '');
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  dispatcher = new Agent();
  const originUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const settings = { originUrl, secret: undefined, dispatcher };
  const cache = new ObjectCache(8 * 2 ** 20, (path, fill) => fetchFromOrigin(settings, path, fill));
  const probes = new Probes('edge');
  edge = createEdgeServer({
    edgeId: 'test',
    cache,
    tokens: new TokenVerifier([key]),
    meter: new TrafficMeter(),
    metrics: createEdgeMetrics(probes.registry, cache),
    probes,
    log: pino({ level: 'silent' }),
  });
  edge.listen(0, '127.0.0.1');
  await once(edge, 'listening');
  base = `http://127.0.0.1:${(edge.address() as AddressInfo).port}`;
});

afterEach(async () => {
  edge.closeAllConnections();
  edge.close();
  upstream.closeAllConnections();
  upstream.close();
  await dispatcher.destroy();
});

const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3_600;

function token(publication = publicationId, expiresAt = inAnHour()): string {
  return signPlaybackToken(key, { publicationId: publication, sessionId: createSessionId(), expiresAt });
}

const address = (path = 'v/h264-720/00000.m4s', signed = token()): string =>
  `${base}/m/${signed}/${publicationId}/${path}`;

async function get(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; bytes: Buffer; headers: Record<string, unknown> }> {
  const response = await request(url, { headers });
  return {
    status: response.statusCode,
    bytes: Buffer.from(await response.body.arrayBuffer()),
    headers: response.headers,
  };
}

/** Sends bytes as they are and reads the status line of what comes back; empty where the connection just ends. */
async function raw(text: string): Promise<string> {
  const socket = connect((edge.address() as AddressInfo).port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1').split('\r\n')[0] ?? '';
}

it('asks the origin once for fifty cold requests, and serves all of them whole', async () => {
  answer = () => undefined;
  const waiting = Array.from({ length: 50 }, () => get(address()));
  const first = await pollUntil('the origin was not asked', 5_000, async () => asked[0]);
  wholeAnswer(first.response);
  const answers = await Promise.all(waiting);
  expect(asked).toHaveLength(1);
  for (const { status, bytes } of answers) expect([status, bytes.equals(body)]).toEqual([200, true]);
  // Whoever comes after the last byte finds it stored; everybody else joined the one fill.
  expect(answers.filter(({ headers }) => headers['cache-status'] === 'test; fwd=miss; stored')).toHaveLength(
    1,
  );
});

it('lets late joiners read from byte 0 while the object is still coming', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, 100_000));
  };
  const early = get(address());
  const first = await pollUntil('the origin was not asked', 5_000, async () => asked[0]);
  const late = await request(address(), { headers: { range: 'bytes=0-49999' } });
  expect(Buffer.from(await late.body.arrayBuffer()).equals(body.subarray(0, 50_000))).toBe(true);
  first.response.end(body.subarray(100_000));
  expect((await early).bytes.equals(body)).toBe(true);
  expect(asked).toHaveLength(1);
});

it('goes on filling when the client that asked is gone', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, 10));
  };
  const leaving = new AbortController();
  const left = request(address(), { signal: leaving.signal }).then(({ body: part }) => part.arrayBuffer());
  const first = await pollUntil('the origin was not asked', 5_000, async () => asked[0]);
  leaving.abort();
  await expect(left).rejects.toThrow();
  first.response.end(body.subarray(10));
  const hit = await pollUntil('the object was not kept', 5_000, async () => {
    const next = await get(address());
    return String(next.headers['cache-status']).includes('; hit') ? next : undefined;
  });
  expect(hit.bytes.equals(body)).toBe(true);
  expect(asked).toHaveLength(1);
});

it('destroys the connection of a cut object, keeps nothing and asks again', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, 1_000), () => response.destroy());
  };
  await expect(get(address())).rejects.toThrow();
  answer = wholeAnswer;
  expect((await get(address())).bytes.equals(body)).toBe(true);
  expect(asked).toHaveLength(2);
});

it('serves ranges, conditions and other people’s tokens from one stored object', async () => {
  await get(address());
  const cases: [Record<string, string>, number, Buffer | undefined][] = [
    [{ range: 'bytes=10-19' }, 206, body.subarray(10, 20)],
    [{ range: 'bytes=-5' }, 206, body.subarray(-5)],
    [{ range: 'bytes=299990-' }, 206, body.subarray(299_990)],
    [{ range: 'bytes=0-1,4-5' }, 200, body],
    [{ range: 'bytes=300000-' }, 416, undefined],
    [{ 'if-none-match': '"v1"' }, 304, Buffer.alloc(0)],
    [{ range: 'bytes=0-1', 'if-range': '"other"' }, 200, body],
  ];
  for (const [headers, status, expected] of cases) {
    const found = await get(`${address()}?bust=${Math.random()}&CMCD=bs`, headers);
    expect(found.status, JSON.stringify(headers)).toBe(status);
    if (expected) expect(found.bytes.equals(expected), JSON.stringify(headers)).toBe(true);
  }
  expect(asked).toHaveLength(1);
});

it('sends playlists compressed from the first request on', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-length': 8, etag: '"p"' });
    response.end('#EXTM3U\n');
  };
  for (const round of ['miss', 'hit']) {
    const found = await get(address('v/h264-720/media.m3u8'), { 'accept-encoding': 'gzip' });
    expect(found.headers['content-encoding'], round).toBe('gzip');
    expect(gunzipSync(found.bytes).toString(), round).toBe('#EXTM3U\n');
  }
});

it('believes "there is no such file" for a moment, and passes "not yet" on', async () => {
  answer = (response, path) => {
    response.writeHead(path.includes('00009') ? 503 : 404, { 'retry-after': '2' }).end();
  };
  expect([(await get(address())).status, (await get(address())).status]).toEqual([404, 404]);
  expect(asked).toHaveLength(1);
  const late = await get(address('v/h264-720/00009.m4s'));
  expect([late.status, late.headers['retry-after']]).toEqual([503, '2']);
});

it('says 502 when the origin cannot be reached', async () => {
  upstream.close();
  upstream.closeAllConnections();
  expect((await get(address())).status).toBe(502);
});

it.each([
  ['forged', () => `${token().slice(0, -2)}AA`],
  ['no token at all', () => 'token'],
  ['for another publication', () => token(publicationIdOf(createTitleId(), 1))],
  ['expired', () => token(publicationId, inAnHour() - 4_000)],
  ['for a year from now', () => token(publicationId, inAnHour() + 31_536_000)],
])('refuses a token: %s', async (_, make) => {
  const found = await get(address('v/h264-720/00000.m4s', make()));
  expect([found.status, found.headers['cache-control']]).toEqual([403, 'no-store']);
  expect(asked).toHaveLength(0);
});

it.each([
  ['dot segments', '/m/T/P/../secret.mp4', /400/],
  ['encoded dot segments', '/m/T/P/%2e%2e%2fplan.m3u8', /400/],
  ['doubly encoded', '/m/T/P/%252e.m3u8', /400/],
  ['backslash', '/m/T/P/v\\init.mp4', /400/],
  ['NUL', '/m/T/P/%00.mp4', /400/],
  ['bad escape', '/m/T/P/%zz.mp4', /400/],
  ['empty element', '/m//P/init.mp4', /400/],
  ['path parameter', '/m/T/P/a.m3u8;x.ts', /400/],
  ['absolute form', 'http://elsewhere.example/m/T/P/init.mp4', /400/],
  ['the plan', '/m/T/P/plan.json', /404/],
])('refuses an address: %s', async (_, target, status) => {
  const filled = target.replace('T', token()).replace('P', publicationId);
  expect(await raw(`GET ${filled} HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n`)).toMatch(status);
  expect(asked).toHaveLength(0);
});

it.each([
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n', /400/],
  ['TRACE', 'TRACE /m/a/b/c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /405/],
  ['huge headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, /431/],
])('refuses a request: %s', async (_, text, status) => {
  expect(await raw(text)).toMatch(status);
});
