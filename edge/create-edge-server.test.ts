import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTitleId, publicationIdOf } from '#core/contracts/ids.js';
import { createSessionId, signPlaybackToken, type TokenKey } from '#core/contracts/playback-token.js';
import { listen } from '#core/http/listen.js';
import { Probes } from '#core/runtime/probes.js';
import { ObjectCache } from '#edge/cache/object-cache.js';
import { createEdgeServer } from '#edge/create-edge-server.js';
import { createEdgeMetrics } from '#edge/edge-metrics.js';
import { TrafficMeter } from '#edge/heartbeat/send-heartbeats.js';
import { TokenVerifier } from '#edge/token/token-verifier.js';
import { fetchFromOrigin } from '#edge/upstream/fetch-from-origin.js';
import { pollUntil } from '#fixtures/poll-until.js';

const key: TokenKey = { keyId: 'k1', secret: Buffer.alloc(32, 7) };
const publicationId = publicationIdOf(createTitleId(), 1);
const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

let upstream: Server;
let edge: Server;
let dispatcher: Agent;
let meter: TrafficMeter;
let probes: Probes;
let nowMs: number;
/** Requests that the origin received. */
let asked: { path: string; response: ServerResponse }[];
/** What the origin does with the next request. */
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
  probes = new Probes('edge');
  nowMs = 1_000_000;
  meter = new TrafficMeter(() => nowMs);
  edge = createEdgeServer({
    edgeId: 'test',
    cache,
    tokens: new TokenVerifier([key]),
    meter,
    metrics: createEdgeMetrics(probes.registry, cache),
    probes,
    log: pino({ level: 'silent' }),
  });
  base = await listen(edge, { host: '127.0.0.1', port: 0 });
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

/**
 * Sends bytes as they are and resolves to the status line of the answer; empty if the connection just ends.
 */
async function raw(text: string): Promise<string> {
  const socket = connect((edge.address() as AddressInfo).port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1').split('\r\n')[0] ?? '';
}

it('asks the origin once for fifty cold requests and serves all of them whole', async () => {
  answer = () => undefined;
  const waiting = Array.from({ length: 50 }, () => get(address()));
  const first = await pollUntil('the origin was not asked', 5_000, async () => asked[0]);
  wholeAnswer(first.response);
  const answers = await Promise.all(waiting);
  expect(asked).toHaveLength(1);
  for (const { status, bytes } of answers) expect([status, bytes.equals(body)]).toEqual([200, true]);
  // A request after the last byte is a hit; all others joined the one fill.
  expect(answers.filter(({ headers }) => headers['cache-status'] === 'test; fwd=miss; stored')).toHaveLength(
    1,
  );
});

/** Resolves once this many responses are in progress. */
const openAnswers = (count: number): Promise<unknown> =>
  pollUntil(`there are not ${count} responses in progress`, 5_000, async () => {
    const metrics = await (await fetch(`${base}/metrics`)).text();
    return new RegExp(`^millrace_edge_open_answers\\S* ${count}$`, 'm').test(metrics) || undefined;
  });

it('stops asking the origin when its last client leaves before the answer', async () => {
  answer = () => undefined;
  const [stays, leaves] = [new AbortController(), new AbortController()];
  const waiting = [stays, leaves].map(({ signal }) => request(address(), { signal }).catch(() => undefined));
  const { response } = await pollUntil('the origin was not asked', 5_000, async () => asked[0]);
  const closed = once(response, 'close');
  leaves.abort();
  await openAnswers(1);
  // A later request still joins: one client of two has left.
  const third = new AbortController();
  waiting.push(request(address(), { signal: third.signal }).catch(() => undefined));
  await openAnswers(2);
  expect([asked.length, response.destroyed]).toEqual([1, false]);
  stays.abort();
  third.abort();
  await closed;
  answer = wholeAnswer;
  expect((await get(address())).bytes.equals(body)).toBe(true);
  expect(asked).toHaveLength(2);
});

it('lets late joiners read from byte 0 while the object is still arriving', async () => {
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

it('goes on filling when the client that asked has left', async () => {
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

it('destroys the connection of a truncated object, keeps nothing and asks again', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, 1_000), () => response.destroy());
  };
  await expect(get(address())).rejects.toThrow();
  answer = wholeAnswer;
  expect((await get(address())).bytes.equals(body)).toBe(true);
  expect(asked).toHaveLength(2);
});

it('serves ranges, conditions and other tokens from one stored object', async () => {
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

it('compresses playlists from the first request on', async () => {
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

it('remembers a 404 for a moment and passes a 503 on', async () => {
  answer = (response, path) => {
    response.writeHead(path.includes('00009') ? 503 : 404, { 'retry-after': '2' }).end();
  };
  expect([(await get(address())).status, (await get(address())).status]).toEqual([404, 404]);
  expect(asked).toHaveLength(1);
  const late = await get(address('v/h264-720/00009.m4s'));
  expect([late.status, late.headers['retry-after']]).toEqual([503, '2']);
});

it('answers 502 when the origin cannot be reached', async () => {
  upstream.close();
  upstream.closeAllConnections();
  expect((await get(address())).status).toBe(502);
});

it('answers 304 for the compressed representation, which has a validator of its own', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-length': 8, etag: '"p"' });
    response.end('#EXTM3U\n');
  };
  const url = address('v/h264-720/media.m3u8');
  const gzip = { 'accept-encoding': 'gzip' };
  const { headers } = await get(url, gzip);
  const etag = String(headers.etag);
  expect((await get(url, { ...gzip, 'if-none-match': etag })).status).toBe(304);
  expect((await get(url, { ...gzip, 'if-none-match': '"p"' })).status).toBe(200);
  expect((await get(url, { 'if-none-match': '"p"' })).status).toBe(304);
  expect((await get(url, { 'if-none-match': etag })).status).toBe(200);
});

/** An origin behind a proxy that sends bodies in chunks, without their length. */
const chunkedAnswer = (response: ServerResponse): void => {
  response.writeHead(200, { etag: '"v1"', 'cache-control': 'public, immutable' });
  response.write(body.subarray(0, 100_000));
  response.end(body.subarray(100_000));
};

it('serves and stores an object whose length the origin does not declare', async () => {
  answer = chunkedAnswer;
  const part = await get(address(), { range: 'bytes=10-19' });
  expect([part.status, part.headers['content-range']]).toEqual([206, `bytes 10-19/${body.length}`]);
  expect(part.bytes.equals(body.subarray(10, 20))).toBe(true);
  const whole = await get(address());
  expect([whole.status, whole.bytes.equals(body)]).toEqual([200, true]);
  expect(whole.headers).toMatchObject({
    'content-length': String(body.length),
    etag: '"v1"',
    'cache-status': 'test; hit',
  });
  expect(asked).toHaveLength(1);
});

it.each<[string, (response: ServerResponse) => void]>([
  [
    'ends before its last chunk',
    (response) => {
      response.writeHead(200);
      response.write(body.subarray(0, 1_000), () => response.destroy());
    },
  ],
  [
    'ends before its last chunk, on a connection to be closed',
    (response) => {
      response.writeHead(200, { connection: 'close' });
      response.write(body.subarray(0, 1_000), () => response.destroy());
    },
  ],
  [
    'ends with the connection, as a truncated one would',
    (response) => {
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, { connection: 'close' }).end(body);
    },
  ],
  [
    'is larger than the cache',
    (response) => {
      response.writeHead(200);
      response.write(Buffer.alloc(8 * 2 ** 20));
      response.end(Buffer.alloc(1));
    },
  ],
])('answers 502 for a body without a length that %s, and asks again', async (_case, misbehave) => {
  answer = misbehave;
  expect((await get(address())).status).toBe(502);
  answer = chunkedAnswer;
  const found = await get(address());
  expect([found.status, found.bytes.equals(body)]).toEqual([200, true]);
  expect(asked).toHaveLength(2);
});

it('answers 502 when the origin refuses and its answer breaks off', async () => {
  answer = (response) => {
    response.writeHead(500, { 'content-length': 1_000 });
    response.write('x', () => response.destroy());
  };
  expect((await get(address())).status).toBe(502);
});

it.each([
  ['forged', () => `${token().slice(0, -2)}AA`],
  ['not a token', () => 'token'],
  ['for another publication', () => token(publicationIdOf(createTitleId(), 1))],
  ['expired', () => token(publicationId, inAnHour() - 4_000)],
  ['valid for a year', () => token(publicationId, inAnHour() + 31_536_000)],
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

async function countSentBytes(): Promise<number> {
  const text = await probes.registry.getSingleMetricAsString('millrace_edge_sent_bytes_total');
  return Number(/ (\d+)$/m.exec(text)?.[1]);
}

it('counts the body bytes that clients were sent', async () => {
  const cases: [string, () => Promise<unknown>, number][] = [
    ['a miss', () => get(address()), body.length],
    ['a hit', () => get(address()), body.length],
    ['a range', () => get(address(), { range: 'bytes=10-19' }), 10],
    ['a HEAD request', () => request(address(), { method: 'HEAD' }), 0],
    ['an unchanged object', () => get(address(), { 'if-none-match': '"v1"' }), 0],
  ];
  let expected = 0;
  for (const [name, ask, bytes] of cases) {
    await ask();
    expected += bytes;
    const counted = await pollUntil(`${name} was not counted`, 5_000, async () => {
      const sent = await countSentBytes();
      return sent >= expected ? sent : undefined;
    });
    expect(counted, name).toBe(expected);
  }
  nowMs += 1_000;
  expect(meter.figures().bitsPerSecond).toBe((expected * 8) / 5);
});

it('counts the bytes that an aborted client was sent', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, 100_000));
  };
  const { body: part } = await request(address());
  part.on('error', () => undefined);
  let received = 0;
  for await (const chunk of part) {
    received += (chunk as Buffer).length;
    if (received === 100_000) break;
  }
  const counted = await pollUntil('the bytes were not counted', 5_000, async () => {
    const sent = await countSentBytes();
    return sent >= 100_000 ? sent : undefined;
  });
  expect(counted).toBe(100_000);
});

it('reports the time to the first byte of cached objects, not of an origin that still encodes', async () => {
  await (await request(address())).body.arrayBuffer();
  expect(meter.figures()).toMatchObject({ sessions: 1, ttfbMs: 0 });
  await (await request(address())).body.arrayBuffer();
  expect(meter.figures().ttfbMs).toBeGreaterThan(0);
});

it.each([
  ['the key alone', 'CMCD=bl%3D300%2Cbs%2Cmtp%3D2500', 1],
  ['the key with a value', 'CMCD=bs%3Dtrue', 1],
  ['another value', 'CMCD=bs%3Dfalse', 0],
  ['another key', 'CMCD=sbs', 0],
  ['no report', 'bs=true', 0],
  ['a report that is too long', `CMCD=bs%2C${'x'.repeat(1_100)}`, 0],
])('counts players that report an empty buffer: %s', async (_case, query, expected) => {
  await get(`${address()}?${query}`);
  const text = await probes.registry.getSingleMetricAsString('millrace_edge_player_starvations_total');
  expect(Number(/ (\d+)$/m.exec(text)?.[1])).toBe(expected);
});
