import { beforeAll, describe, expect, it } from 'vitest';
import { checkUrl } from '#core/hls/check/check-url.js';
import { writePublicationMultivariant } from '#core/hls/publication/write-publication-multivariant.js';
import { type HlsPublication, makeHlsPublication } from '#fixtures/hls/hls-publication.js';
import { useHlsServers } from '#fixtures/hls/hls-server.js';

let good: HlsPublication;
beforeAll(async () => {
  good = await makeHlsPublication();
});

const serve = useHlsServers();

describe('checkUrl on pathways', () => {
  function withPathways(): Map<string, Buffer> {
    const files = new Map<string, Buffer>();
    for (const edge of ['edge-a', 'edge-b']) {
      for (const [path, bytes] of good.files) files.set(`${edge}/${path}`, bytes);
    }
    const pathways = ['edge-a', 'edge-b'].map((pathwayId) => ({ pathwayId, baseUrl: `${pathwayId}/` }));
    const steering = { serverUri: 'steering.json', pathwayId: 'edge-b' };
    const text = writePublicationMultivariant(good.plan, good.measurement, { pathways, steering });
    return files.set('play.m3u8', Buffer.from(text)).set('steering.json', Buffer.from('{"VERSION":1}'));
  }

  it('9.1: finds that the steering manifest is missing', async () => {
    const files = withPathways();
    files.delete('steering.json');
    const { url } = await serve(files);
    const { findings } = await checkUrl(`${url}play.m3u8`);
    expect(findings.map(({ rule, message }) => `${rule} ${message}`)).toEqual([
      '9.1 the steering manifest responds with status 404',
    ]);
  });

  it('reads the media of the pathway where steering starts players, and compares the others', async () => {
    const server = await serve(withPathways());
    const { findings, notes, figures } = await checkUrl(`${server.url}play.m3u8`);
    expect(findings).toEqual([]);
    expect(figures.renditions).toBe(5);
    expect(notes.join()).toMatch(/the others serve the same playlists/);
    expect(server.requests.filter((path) => path.startsWith('edge-a/') && !path.endsWith('.m3u8'))).toEqual(
      [],
    );
  });

  it('9.3: finds that a pathway serves a different playlist', async () => {
    const files = withPathways();
    const path = 'edge-a/v/h264-90/media.m3u8';
    files.set(path, Buffer.from(String(files.get(path)).replace('00002', '00001')));
    const { url } = await serve(files);
    const { findings } = await checkUrl(`${url}play.m3u8`);
    expect(findings.map(({ rule, uri }) => `${rule} ${uri}`)).toEqual([`9.3 ${url}${path}`]);
  });
});
