import hlsParser from 'hls-parser';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTitleId } from '#core/contracts/ids.js';
import { verifyPlaybackToken } from '#core/contracts/playback-token.js';
import { segmentFile } from '#core/contracts/publication-layout.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { reportEncodeSpeed } from '#core/queue/encode-speeds.js';
import type { GeoLocation } from '#delivery/client/geo-location.js';
import type { SteeringManifest } from '#delivery/http/answer-steering.js';
import { type EdgeStandIn, startEdgeStandIn } from '#fixtures/edge-stand-in.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningDelivery, startDelivery } from '#fixtures/running-delivery.js';
import { sampleAudio, samplePublication, sampleRung, sampleRungs } from '#fixtures/sample-publication.js';

const locations: Record<string, GeoLocation> = {
  '198.51.100.1': { name: 'Tokyo', latitude: 35.7, longitude: 139.7, accuracyKm: 10, source: 'operator' },
};

let redisServer: RedisFixture;
let delivery: RunningDelivery;
let edges: EdgeStandIn[];
const title = samplePublication({ rungs: [...sampleRungs, sampleRung('av1', 1080, 3_000_000)] });

beforeAll(async () => {
  redisServer = await startRedisServer();
  delivery = await startDelivery(redisServer.url, { findLocation: (address) => locations[address] });
  edges = [
    await startEdgeStandIn(delivery.redis, 'lon'),
    await startEdgeStandIn(delivery.redis, 'nyc', {
      location: { name: 'New York', latitude: 40.7, longitude: -74 },
    }),
    await startEdgeStandIn(delivery.redis, 'tyo', {
      location: { name: 'Tokyo', latitude: 35.7, longitude: 139.7 },
    }),
  ];
  await delivery.publish(title);
  // Fast enough to offer every H.264 and AV1 rung of a title that is still being encoded.
  for (const codec of ['h264', 'av1'] as const)
    await reportEncodeSpeed(delivery.redis, codec, { megapixels: 10_000, seconds: 1, startupSeconds: 0 });
  await vi.waitFor(() => expect(delivery.parts.edges.edges).toHaveLength(3), { timeout: 5_000 });
});

afterAll(async () => {
  await Promise.all(edges.map((edge) => edge.die()));
  await delivery.stop();
  await redisServer.stop();
});

function play(query = '', headers: Record<string, string> = {}, titleId: string = title.record.titleId) {
  return fetch(`${delivery.url}/play/${titleId}.m3u8${query}`, { headers });
}

function readPlaylist(text: string) {
  hlsParser.setOptions({ strictMode: true });
  const playlist = hlsParser.parse(text);
  if (!('variants' in playlist)) throw new Error('not a multivariant playlist');
  return playlist;
}

function steeringUrlOf(text: string): string {
  const uri = /#EXT-X-CONTENT-STEERING:SERVER-URI="http:\/\/delivery\.example([^"]+)"/.exec(text)?.[1];
  if (uri === undefined) throw new Error('the playlist has no steering server');
  return delivery.url + uri;
}

describe('GET /play/{titleId}.m3u8', () => {
  it('answers with a playlist whose URIs are on live edges and carry a token for the title', async () => {
    const answer = await play();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const text = await answer.text();
    const { publicationId } = title.plan;
    const uris = [...text.matchAll(/^https?:.*$|\bURI="([^"]+)"/gm)]
      .map((match) => match[1] ?? match[0])
      .filter((uri) => !uri.includes('/steering/'));
    expect(uris.length).toBeGreaterThanOrEqual(sampleRungs.length * 3);
    for (const uri of uris) {
      const url = new URL(uri);
      expect(edges.map((edge) => edge.url)).toContain(url.origin);
      const [, m, token = '', publication] = url.pathname.split('/');
      expect([m, publication]).toEqual(['m', publicationId]);
      expect(
        verifyPlaybackToken([delivery.tokenKey], token, publicationId, Date.now() / 1_000),
      ).toMatchObject({
        ok: true,
      });
    }
  });

  it('lists the same variants in the same order on three pathways, each with its own audio', async () => {
    const text = await (await play()).text();
    const { variants } = readPlaylist(text);
    expect(variants).toHaveLength(sampleRungs.length * 3);
    const infos = text.split('\n').filter((line) => line.startsWith('#EXT-X-STREAM-INF:'));
    const byPathway = new Map<string, string[]>();
    for (const line of infos) {
      const pathway = /[,:]PATHWAY-ID="([^"]+)"/.exec(line)?.[1] ?? '';
      byPathway.set(pathway, [...(byPathway.get(pathway) ?? []), line]);
    }
    expect([...byPathway.keys()].sort()).toEqual(['lon', 'nyc', 'tyo']);
    const stable = [...byPathway.values()].map((lines) =>
      lines.map((line) => /STABLE-VARIANT-ID="([^"]+)"/.exec(line)?.[1]),
    );
    expect(stable[1]).toEqual(stable[0]);
    expect(stable[2]).toEqual(stable[0]);
    expect(stable[0]).not.toContain(undefined);
    const audioGroups = [...byPathway.values()].map((lines) => /AUDIO="([^"]+)"/.exec(lines[0] ?? '')?.[1]);
    expect(new Set(audioGroups).size).toBe(3);
  });

  it('starts an unknown client near 2000 kb/s and offers AV1 only to devices that decode it', async () => {
    const unknown = readPlaylist(await (await play('', { 'user-agent': '' })).text());
    expect(unknown.variants[0]?.uri).toContain('/v/h264-540/');
    expect(unknown.variants.some(({ codecs }) => codecs?.includes('av01'))).toBe(false);
    const able = readPlaylist(await (await play('?caps=h264,av1,1080p')).text());
    expect(able.variants.some(({ codecs }) => codecs?.includes('av01'))).toBe(true);
  });

  it('reports its decision and the reason in a header', async () => {
    const { headers } = await play('?caps=h264,720p');
    expect(headers.get('millrace-decision')).toMatch(
      /^edge=(lon|nyc|tyo) reason=\w[\w-]* renditions=4\/6 first=h264-\d+ device=\w+ location=unknown$/,
    );
  });

  it('compresses only for clients that accept gzip', async () => {
    const packed = await play('', { 'accept-encoding': 'gzip' });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(await packed.text()).toMatch(/^#EXTM3U\n/);
    for (const refused of ['identity', 'gzip;q=0', 'br']) {
      const plain = await play('', { 'accept-encoding': refused });
      expect(plain.headers.get('content-encoding')).toBeNull();
      expect(await plain.text()).toMatch(/^#EXTM3U\n/);
    }
  });

  it('starts a new session for each request', async () => {
    const texts = await Promise.all([play(), play()].map(async (answer) => (await answer).text()));
    const tokens = texts.map((text) => /\/m\/([^/]+)\//.exec(text)?.[1]);
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it('marks audio in the requested language as default', async () => {
    const bilingual = samplePublication({ audio: [sampleAudio('en', true), sampleAudio('de', false)] });
    await delivery.publish(bilingual);
    const text = await (await play('?lang=de', {}, bilingual.record.titleId)).text();
    const defaults = text
      .split('\n')
      .filter((line) => line.includes('TYPE=AUDIO') && line.includes('DEFAULT=YES'));
    expect(defaults).toHaveLength(3);
    expect(defaults.every((line) => line.includes('LANGUAGE="de"'))).toBe(true);
  });

  it('offers a rendition that is slow to encode once all of its segments are stored', async () => {
    const rungs = [...sampleRungs, sampleRung('hevc', 1080, 4_000_000)];
    const { record, plan } = samplePublication({ rungs });
    await delivery.publish({ record, plan });
    const offered = async (): Promise<string | null> =>
      (await play('?caps=h264,hevc,1080p', {}, record.titleId)).headers.get('millrace-decision');
    expect(await offered()).toContain('renditions=5/6');
    for (let index = 0; index < plan.grid.segmentCount; index += 1)
      await delivery.parts.progress.segmentStored(plan, `v/hevc-1080/${segmentFile(index)}`);
    await vi.waitFor(async () => expect(await offered()).toContain('renditions=6/6'), { timeout: 5_000 });
  });

  it('declares measured bandwidths once the title is ready', async () => {
    const ready = samplePublication();
    await delivery.publish({ ...ready, record: { ...ready.record, state: 'ready' } });
    const measured = readPlaylist(await (await play('', {}, ready.record.titleId)).text());
    const declared = readPlaylist(await (await play('?caps=h264')).text());
    const topOf = (playlist: ReturnType<typeof readPlaylist>): number =>
      Math.max(...playlist.variants.map(({ bandwidth }) => bandwidth));
    expect(topOf(measured)).toBeLessThan(topOf(declared));
  });

  it.each([
    { name: 'a malformed title id', path: 'nonsense', status: 404, kind: 'unknown-title' },
    { name: 'a path traversal', path: '..%2f..%2fetc%2fpasswd', status: 404, kind: 'unknown-title' },
    { name: 'an unknown title', path: createTitleId(), status: 404, kind: 'unknown-title' },
  ])('answers $name with a problem document', async ({ path, status, kind }) => {
    const answer = await play('', {}, path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.json()).toMatchObject({ type: `urn:millrace:problem:${kind}`, status });
  });

  const states: { state: TitleRecord['state']; status: number; kind: string; words: RegExp }[] = [
    { state: 'uploading', status: 409, kind: 'not-playable-yet', words: /is uploading/ },
    { state: 'analysing', status: 409, kind: 'not-playable-yet', words: /is analysing/ },
    { state: 'failed', status: 410, kind: 'failed-title', words: /no video/ },
    { state: 'deleted', status: 410, kind: 'deleted-title', words: /was deleted/ },
  ];
  it.each(states)('answers $status for a title that is $state', async ({ state, status, kind, words }) => {
    const { record } = samplePublication();
    const { publication: _none, ...unplanned } = record;
    const failure = {
      code: 'no_video' as const,
      message: 'The file has no video track.',
      detail: '/secret/path',
    };
    await delivery.publish({ record: { ...unplanned, state, ...(state === 'failed' ? { failure } : {}) } });
    const answer = await play('', {}, record.titleId);
    const text = await answer.text();
    expect(answer.status).toBe(status);
    expect(JSON.parse(text)).toMatchObject({ type: `urn:millrace:problem:${kind}` });
    expect(text).toMatch(words);
    expect(text).not.toContain('/secret/path');
    expect(answer.headers.get('retry-after')).toBe(status === 409 ? '2' : null);
  });

  it('gives the reason for each rendition if a client can play none', async () => {
    const answer = await play('?caps=hevc');
    expect(answer.status).toBe(406);
    expect(await answer.json()).toMatchObject({
      type: 'urn:millrace:problem:nothing-playable',
      dropped: expect.arrayContaining([
        { renditionId: 'h264-234', reason: expect.stringContaining('does not decode h264') },
      ]),
    });
  });

  it('allows reads from other sites, and writes from nobody', async () => {
    const preflight = await fetch(`${delivery.url}/play/x.m3u8`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('CMCD-Session');
    const written = await fetch(`${delivery.url}/play/x.m3u8`, { method: 'POST', body: 'x' });
    expect(written.status).toBe(405);
  });

  it('ignores hostile headers', async () => {
    const hostile: Record<string, string> = {
      'x-forwarded-for': '198.51.100.1',
      'x-forwarded-host': 'evil.example',
      'x-original-url': '/explain/x',
      forwarded: 'for=198.51.100.1;host=evil.example',
      host: 'evil.example',
      'user-agent': `Mozilla/5.0 ${'('.repeat(4_000)}`,
      'sec-ch-ua-mobile': '?1"; DROP',
      downlink: '-1e308',
      ect: '__proto__',
      'accept-language': `${'x-'.repeat(1_000)};q=9`,
      'cmcd-session': `mtp=${'9'.repeat(3_000)}`,
    };
    const answer = await play('?caps=__proto__&lang=%0d%0aX:1&_HLS_pathway=x', hostile);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('millrace-decision')).toContain('location=unknown');
    const text = await answer.text();
    expect(text).not.toContain('evil.example');
    expect(readPlaylist(text).variants.length).toBeGreaterThan(0);
  });
});

describe('GET /steering/…', () => {
  async function steer(url: string): Promise<SteeringManifest> {
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    return answer.json() as Promise<SteeringManifest>;
  }

  it('answers with a manifest that hls.js can use and reload', async () => {
    const url = steeringUrlOf(await (await play()).text());
    const manifest = await steer(`${url}?_HLS_pathway="tyo"&_HLS_throughput=-5`);
    expect(manifest).toMatchObject({ VERSION: 1, 'RELOAD-URI': expect.stringContaining('/steering/') });
    expect(manifest.TTL).toBeGreaterThanOrEqual(8);
    expect(manifest.TTL).toBeLessThanOrEqual(12);
    expect(manifest['PATHWAY-PRIORITY'][0]).toBe('tyo');
    expect([...manifest['PATHWAY-PRIORITY']].sort()).toEqual(['lon', 'nyc', 'tyo']);
    const reload = manifest['RELOAD-URI'].replace('http://delivery.example', delivery.url);
    expect((await steer(`${reload}?_HLS_pathway=lon`))['PATHWAY-PRIORITY'][0]).toBe('lon');
  });

  it('learns the throughput of a network from its signed sessions', async () => {
    const url = steeringUrlOf(await (await play()).text());
    await steer(`${url}?_HLS_throughput=400000`);
    // 0.8 of 400 kb/s is less than any variant needs.
    expect((await play()).headers.get('millrace-decision')).toContain('first=h264-234');
    await steer(`${url}?_HLS_throughput=2500000`);
    expect((await play()).headers.get('millrace-decision')).toContain('first=h264-540');
  });

  it('refuses a session that it did not sign', async () => {
    const url = steeringUrlOf(await (await play()).text());
    const forgeries = [url.replace(/\.[^./]{43}\//, `.${'A'.repeat(43)}/`), `${delivery.url}/steering/a/b/c`];
    for (const forged of forgeries) {
      const answer = await fetch(forged);
      expect(answer.status).toBe(403);
    }
  });
});
