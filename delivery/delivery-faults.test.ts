import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SteeringManifest } from '#delivery/http/answer-steering.js';
import { type EdgeStandIn, startEdgeStandIn } from '#fixtures/edge-stand-in.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningDelivery, startDelivery } from '#fixtures/running-delivery.js';
import { samplePublication } from '#fixtures/sample-publication.js';
import { ambiguousRequests, sendRaw } from '#fixtures/send-raw.js';

let redisServer: RedisFixture;
let delivery: RunningDelivery;
let edges: EdgeStandIn[];
let title: ReturnType<typeof samplePublication>;

beforeEach(async () => {
  redisServer = await startRedisServer();
  delivery = await startDelivery(redisServer.url);
  edges = [];
  title = samplePublication();
  await delivery.publish(title);
});

afterEach(async () => {
  await Promise.all(edges.map((edge) => edge.die()));
  await delivery.stop();
  await redisServer.stop();
});

async function startEdges(...edgeIds: string[]): Promise<void> {
  for (const edgeId of edgeIds) edges.push(await startEdgeStandIn(delivery.redis, edgeId));
  await vi.waitFor(() => expect(delivery.parts.edges.edges).toHaveLength(edgeIds.length), { timeout: 5_000 });
}

const play = (): Promise<Response> => fetch(`${delivery.url}/play/${title.record.titleId}.m3u8`);

async function pathwaysOf(answer: Response): Promise<string[]> {
  const ids = [...(await answer.text()).matchAll(/PATHWAY-ID="([^"]+)",STABLE|[,:]PATHWAY-ID="([^"]+)"/g)];
  return [...new Set(ids.map((match) => match[1] ?? match[2] ?? ''))].sort();
}

it('answers 503 with Retry-After if no edge is up', async () => {
  const answer = await play();
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('3');
  expect(await answer.json()).toMatchObject({ type: 'urn:millrace:problem:no-living-edge' });
});

it.each(ambiguousRequests)('answers a request with %s', async (_case, text, status) => {
  expect((await sendRaw(delivery.url, text)).slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
});

it('answers players and pages while Redis is frozen', async () => {
  await startEdges('a', 'b');
  redisServer.freeze();
  try {
    const ask = (path: string) => fetch(`${delivery.url}${path}`, { signal: AbortSignal.timeout(10_000) });
    const { titleId } = title.record;
    for (const path of [`/play/${titleId}.m3u8`, '/titles', `/titles/${titleId}`])
      expect([path, (await ask(path)).status]).toEqual([path, 200]);
    const events = await ask(`/titles/${titleId}/events`);
    const { value } = (await events.body?.getReader().read()) ?? {};
    expect(Buffer.from(value ?? []).toString()).toContain(titleId);
    expect((await ask('/readyz')).headers.get('content-type')).toBe('application/json');
  } finally {
    redisServer.thaw();
  }
});

it('gives a dead edge no new sessions and steers its sessions away', async () => {
  await startEdges('a', 'b', 'c');
  const text = await (await play()).text();
  const steering = /SERVER-URI="http:\/\/delivery\.example([^"]+)"/.exec(text)?.[1] ?? '';
  const first = /PATHWAY-ID="([^"]+)"/.exec(text)?.[1] ?? '';
  await edges.find((edge) => edge.edgeId === first)?.die();
  await vi.waitFor(async () => expect(await pathwaysOf(await play())).not.toContain(first), {
    timeout: 5_000,
  });
  const manifest = (await (await fetch(delivery.url + steering)).json()) as SteeringManifest;
  expect(manifest['PATHWAY-PRIORITY'].at(-1)).toBe(first);
  expect(new Set(manifest['PATHWAY-PRIORITY']).size).toBe(3);
});

it('gives a draining edge no new sessions', async () => {
  await startEdges('a', 'b');
  edges[0]?.say({ draining: true });
  await vi.waitFor(async () => expect(await pathwaysOf(await play())).toEqual(['b']), { timeout: 5_000 });
});

it('keeps serving while Redis is down, and notices an edge that dies meanwhile', async () => {
  await startEdges('a', 'b');
  await vi.waitFor(() =>
    expect(delivery.parts.edges.edges.every(({ healthReason }) => healthReason.includes('probes, '))).toBe(
      true,
    ),
  );
  const exited = new Promise((resolve) => redisServer.process.once('exit', resolve));
  redisServer.process.kill('SIGKILL');
  await exited;
  await vi.waitFor(() => expect(delivery.parts.edges.isRedisDown).toBe(true), { timeout: 5_000 });
  expect(await pathwaysOf(await play())).toEqual(['a', 'b']);
  await edges[0]?.die();
  await vi.waitFor(async () => expect(await pathwaysOf(await play())).toEqual(['b']), { timeout: 8_000 });
  const list = await fetch(`${delivery.url}/titles`);
  expect(await list.json()).toMatchObject({ titles: [{ titleId: title.record.titleId, state: 'playable' }] });
});

it('ignores malformed heartbeats', async () => {
  await startEdges('a');
  const broken = ['{', '"x"', '{"edgeId":"b"}', JSON.stringify({ edgeId: 'a' })];
  for (const [index, text] of broken.entries()) {
    await delivery.redis.sadd('{millrace}:edges', `broken-${index}`, '../x', 'UPPER');
    await delivery.redis.set(`{millrace}:edge:broken-${index}`, text);
  }
  await delivery.parts.edges.readOnce();
  expect(delivery.parts.edges.edges.map(({ edgeId }) => edgeId)).toEqual(['a']);
});
