import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CheckReport, type CheckUrlOptions, checkUrl } from '#core/hls/check/check-url.js';
import type { RuleId } from '#core/hls/check/rules/rule-catalogue.js';
import { writePublicationMultivariant } from '#core/hls/publication/write-publication-multivariant.js';
import { type ForeignKind, makeForeignHls } from '#fixtures/hls/foreign-hls.js';
import { copyOf, type HlsPublication, makeHlsPublication } from '#fixtures/hls/hls-publication.js';
import { type HlsServer, type Misbehaviour, serveHls } from '#fixtures/hls/hls-server.js';
import { addSubtitles } from '#fixtures/hls/subtitles.js';

let good: HlsPublication;
beforeAll(async () => {
  good = await makeHlsPublication();
});

const servers: HlsServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(files: ReadonlyMap<string, Buffer>, misbehave?: Misbehaviour): Promise<HlsServer> {
  const server = await serveHls(files, misbehave);
  servers.push(server);
  return server;
}

async function checkGood(misbehave?: Misbehaviour, options: CheckUrlOptions = {}): Promise<CheckReport> {
  const { url } = await serve(good.files, misbehave);
  return checkUrl(`${url}multivariant.m3u8`, options);
}

const segment = 'v/h264-90/00001.m4s';

describe('checkUrl', () => {
  it('finds nothing in our own publication, and reads all of it', async () => {
    const { findings, figures, notes } = await checkGood();
    expect(findings).toEqual([]);
    expect(notes).toEqual([]);
    expect(figures).toMatchObject({ renditions: 5, segments: 23, segmentsRead: 23 });
  });

  const bad: { rule: RuleId; name: string; misbehave: Misbehaviour; says: RegExp }[] = [
    {
      rule: '8.1',
      name: 'playlists are served plain',
      misbehave: (path, response) => {
        const isPlaylist = path.endsWith('.m3u8');
        if (isPlaylist) {
          response.setHeader('content-type', 'application/vnd.apple.mpegurl').end(good.files.get(path));
        }
        return isPlaylist;
      },
      says: /the playlist is not gzip-encoded \(plain\)/,
    },
    {
      rule: '8.3',
      name: 'playlists are served as text',
      misbehave: (path, response) => {
        const isPlaylist = path.endsWith('.m3u8');
        if (isPlaylist) response.setHeader('content-type', 'text/plain').end(good.files.get(path));
        return isPlaylist;
      },
      says: /the playlist is served as text\/plain, not application\/vnd.apple.mpegurl/,
    },
    {
      rule: '8.3',
      name: 'a segment has no type',
      misbehave: (path, response) => {
        if (path === segment) response.end(good.files.get(path));
        return path === segment;
      },
      says: /rendition h264-90: segment 1 is served as no type/,
    },
    {
      rule: '8.4',
      name: 'a segment is redirected',
      misbehave: (path, response) => {
        if (path === segment) response.writeHead(302, { location: '/v/h264-90/00000.m4s' }).end();
        return path === segment;
      },
      says: /segment 1 is redirected to http:.*00000.m4s/,
    },
    {
      rule: '9.1',
      name: 'redirects go round in a circle',
      misbehave: (path, response) => {
        if (path === segment) response.writeHead(302, { location: `/${segment}` }).end();
        return path === segment;
      },
      says: /more than 5 redirects/,
    },
    {
      rule: '9.1',
      name: 'the server fails',
      misbehave: (path, response) => {
        if (path === segment) response.writeHead(503).end();
        return path === segment;
      },
      says: /segment 1 answers 503/,
    },
    {
      rule: '9.1',
      name: 'the connection is reset',
      misbehave: (path, response) => {
        if (path === segment) response.destroy();
        return path === segment;
      },
      says: /segment 1 does not answer/,
    },
    {
      rule: '9.2',
      name: 'a body ends before its length',
      misbehave: (path, response) => {
        if (path !== segment) return false;
        const bytes = good.files.get(path) ?? Buffer.alloc(0);
        response.setHeader('content-length', bytes.length);
        response.write(bytes.subarray(0, 1000), () => response.destroy());
        return true;
      },
      says: /segment 1 is not whole/,
    },
    {
      rule: '9.2',
      name: 'a body never ends',
      misbehave: (path, response) => {
        if (path !== 'v/h264-90/init.mp4') return false;
        const more = (): void => {
          while (response.write(Buffer.alloc(65_536)));
        };
        response.on('drain', more);
        more();
        return true;
      },
      says: /init segment is not whole: it is larger than 4194304 bytes/,
    },
  ];

  it.each(bad)('$rule: finds that $name', async ({ rule, misbehave, says }) => {
    const { findings } = await checkGood(misbehave);
    const messages = findings.filter((finding) => finding.rule === rule).map(({ message }) => message);
    expect(messages.join('\n')).toMatch(says);
  });

  it('8.2: finds that neither its address nor its type says that a playlist is one', async () => {
    const { url } = await serve(good.files, (path, response) => {
      if (path !== 'play') return false;
      response.setHeader('content-type', 'text/plain').end(good.files.get('multivariant.m3u8'));
      return true;
    });
    const { findings } = await checkUrl(`${url}play`);
    const found = findings.filter(({ rule }) => rule === '8.2').map(({ message }) => message);
    expect(found).toEqual(['the playlist is served as text/plain, and its address does not end in .m3u8']);
  });

  it('finds nothing in WebVTT that is served as plain text', async () => {
    const withSubtitles = copyOf(good);
    addSubtitles(withSubtitles, {});
    const { url } = await serve(withSubtitles.files, (path, response) => {
      if (path !== 's/en/00000.vtt') return false;
      response.setHeader('content-type', 'text/plain').end(withSubtitles.files.get(path));
      return true;
    });
    const { findings } = await checkUrl(`${url}multivariant.m3u8`);
    expect(findings).toEqual([]);
  });

  it('finds nothing in a server that answers ranges with the whole file', async () => {
    const { findings } = await checkGood((path, _response, request) => {
      if (path.endsWith('.m4s')) delete request.headers.range;
      return false;
    });
    expect(findings).toEqual([]);
  });

  it('reads what a redirected address names from where it was redirected to', async () => {
    const { url } = await serve(good.files, (path, response) => {
      if (path === 'films/play') response.writeHead(302, { location: '/multivariant.m3u8' }).end();
      return path === 'films/play';
    });
    const { findings, figures } = await checkUrl(`${url}films/play`);
    expect(findings).toEqual([]);
    expect(figures.segmentsRead).toBe(23);
  });

  it('notes that a title is still being encoded', async () => {
    const text = writePublicationMultivariant(good.plan, undefined);
    const { url } = await serve(new Map(good.files).set('multivariant.m3u8', Buffer.from(text)));
    const { findings, notes } = await checkUrl(`${url}multivariant.m3u8`);
    expect(findings).toEqual([]);
    expect(notes.join()).toMatch(/its media is still being encoded: bandwidths are bounds/);
  });

  it('reads a bounded number of segments and says so', async () => {
    const { notes, figures } = await checkGood(undefined, { maxSegmentsPerRendition: 2 });
    expect(figures.segmentsRead).toBe(10);
    expect(notes).toContain('rendition h264-90: 2 of its 3 segments were read');
    expect(notes).toContain('bandwidths were not measured: not all segments of every rendition were read');
  });

  it('tells progress up to the last resource', async () => {
    const seen: { resourcesRead: number; resourcesFound: number }[] = [];
    await checkGood(undefined, { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toMatchObject({ resourcesRead: seen.length, resourcesFound: seen.length });
  });

  it('stops where the caller aborts', async () => {
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    await expect(checkGood(undefined, { signal: controller.signal, onProgress })).rejects.toThrow(/abort/);
  });
});

describe('checkUrl on several init segments', () => {
  const playlist = 'v/h264-90/media.m3u8';

  /** The second segment on has an init segment of its own. */
  function withSecondInit(init: Buffer | undefined): Map<string, Buffer> {
    const files = new Map(good.files);
    const text = String(files.get(playlist));
    const at = text.indexOf('#EXTINF', text.indexOf('00000.m4s'));
    const change = '#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="second.mp4"\n';
    files.set(playlist, Buffer.from(text.slice(0, at) + change + text.slice(at)));
    if (init) files.set('v/h264-90/second.mp4', init);
    return files;
  }

  it('reads each segment with its own', async () => {
    const { url } = await serve(withSecondInit(good.files.get('v/h264-90/init.mp4')));
    const { findings, notes } = await checkUrl(`${url}multivariant.m3u8`);
    expect(findings.filter(({ rule }) => !rule.startsWith('1.'))).toEqual([]);
    expect(notes).toContain(
      'rendition h264-90: it has several init segments; the first is what it is taken for',
    );
  });

  it('2.2: finds that CODECS is not what the second holds', async () => {
    const other = Buffer.from(good.files.get('v/h264-90/init.mp4') ?? '');
    // The level in avcC, after its type, its version, the profile and the constraints.
    other.writeUInt8(41, other.indexOf('avcC') + 7);
    const { url } = await serve(withSecondInit(other));
    const { findings } = await checkUrl(`${url}multivariant.m3u8`);
    const wrong = findings.filter(({ rule }) => rule === '2.2').map(({ message }) => message);
    expect(wrong.join('\n')).toMatch(/h264-90.*the media is avc1\.64001e,avc1\.640029,mp4a\.40\.2/);
  });

  it('does not blame segments for the init segments that are too many to be read', async () => {
    const files = new Map(good.files);
    const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:6', '#EXT-X-PLAYLIST-TYPE:VOD'];
    for (let index = 0; index < 60; index += 1) {
      files.set(`v/h264-90/init-${index}.mp4`, good.files.get('v/h264-90/init.mp4') ?? Buffer.alloc(0));
      lines.push('#EXT-X-DISCONTINUITY', `#EXT-X-MAP:URI="init-${index}.mp4"`, '#EXTINF:6.006,', '00000.m4s');
    }
    files.set(playlist, Buffer.from([...lines, '#EXT-X-ENDLIST', ''].join('\n')));
    const { url } = await serve(files);
    const { findings, notes } = await checkUrl(`${url}${playlist}`);
    expect(notes).toContain('rendition media: 50 of its 60 init segments were read');
    expect(findings.filter(({ rule }) => rule.startsWith('9.'))).toEqual([]);
  });

  it('9.1: finds that the second is missing', async () => {
    const { url } = await serve(withSecondInit(undefined));
    const { findings } = await checkUrl(`${url}multivariant.m3u8`);
    const missing = findings.filter(({ rule }) => rule === '9.1').map(({ message }) => message);
    expect(missing).toEqual(['rendition h264-90: its init segment 2 answers 404']);
  });
});

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

  it('9.1: finds that the steering manifest does not answer', async () => {
    const files = withPathways();
    files.delete('steering.json');
    const { url } = await serve(files);
    const { findings } = await checkUrl(`${url}play.m3u8`);
    expect(findings.map(({ rule, message }) => `${rule} ${message}`)).toEqual([
      '9.1 the steering manifest answers 404',
    ]);
  });

  it('reads the media where steering starts players, and compares the rest', async () => {
    const server = await serve(withPathways());
    const { findings, notes, figures } = await checkUrl(`${server.url}play.m3u8`);
    expect(findings).toEqual([]);
    expect(figures.renditions).toBe(5);
    expect(notes.join()).toMatch(/the other pathways serve the same playlists/);
    expect(server.requests.filter((path) => path.startsWith('edge-a/') && !path.endsWith('.m3u8'))).toEqual(
      [],
    );
  });

  it('9.3: finds that a pathway serves another playlist', async () => {
    const files = withPathways();
    const path = 'edge-a/v/h264-90/media.m3u8';
    files.set(path, Buffer.from(String(files.get(path)).replace('00002', '00001')));
    const { url } = await serve(files);
    const { findings } = await checkUrl(`${url}play.m3u8`);
    expect(findings.map(({ rule, uri }) => `${rule} ${uri}`)).toEqual([`9.3 ${url}${path}`]);
  });
});

describe('checkUrl on what others make', () => {
  const foreign: { kind: ForeignKind; notes: RegExp; mustNotFind: RegExp }[] = [
    { kind: 'transport streams, muxed', notes: /is a media playlist/, mustNotFind: /^(1\.[1-5]|7\.[14]|9)/ },
    { kind: 'packed audio', notes: /are packed audio/, mustNotFind: /^(1\.[1-4]|7\.[14]|9)/ },
    { kind: 'one file, byte ranges', notes: /is a media playlist/, mustNotFind: /^(1\.[1-5]|7\.[145]|9)/ },
    { kind: 'encrypted transport streams', notes: /are encrypted/, mustNotFind: /^(1\.[1-4]|7\.4|9)/ },
    { kind: 'live, without an end', notes: /is live/, mustNotFind: /^(1\.[1-6]|7\.3|9)/ },
  ];

  it.each(foreign)('looks into $kind as far as it can', async ({ kind, notes, mustNotFind }) => {
    const { url } = await serve(await makeForeignHls(kind));
    const report = await checkUrl(`${url}media.m3u8`);
    expect(report.notes.join('\n')).toMatch(notes);
    expect(report.figures.segmentsRead).toBeGreaterThanOrEqual(2);
    expect(report.figures.segmentsRead).toBe(report.figures.segments);
    expect(report.findings.filter(({ rule }) => mustNotFind.test(rule))).toEqual([]);
  });

  const openGop: ForeignKind = 'transport streams, open GOPs, parameter sets in the first alone';
  it('1.1: finds that a transport stream starts with a picture that is no IDR', async () => {
    const { url } = await serve(await makeForeignHls(openGop));
    const { findings } = await checkUrl(`${url}media.m3u8`);
    const found = findings.filter(({ rule }) => rule === '1.1').map(({ message }) => message);
    expect(found).toEqual(['rendition media: segment 1 starts with a picture that is no IDR']);
  });

  it('1.3: finds that a transport stream comes twice', async () => {
    const files = await makeForeignHls('transport streams, muxed');
    const { url } = await serve(files.set('media1.ts', files.get('media0.ts') ?? Buffer.alloc(0)));
    const { findings } = await checkUrl(`${url}media.m3u8`);
    const found = findings.filter(({ rule }) => rule === '1.3').map(({ message }) => message);
    expect(found).toEqual(['rendition media: segment 1 overlaps the one before by 2 s']);
  });

  it('2.2 and 2.3: finds that transport streams are not what is declared', async () => {
    const files = await makeForeignHls('transport streams, muxed');
    const variant =
      '#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.640028,mp4a.40.5",RESOLUTION=1920x1080,FRAME-RATE=25';
    const { url } = await serve(files.set('x.m3u8', Buffer.from(`#EXTM3U\n${variant}\nmedia.m3u8\n`)));
    const { findings } = await checkUrl(`${url}x.m3u8`);
    const found = findings.filter(({ rule }) => /^2\.[234]$/.test(rule)).map(({ message }) => message);
    expect(found.join('\n')).toMatch(
      /CODECS says avc1.640028,mp4a.40.2, the media is avc1.\w{6},mp4a.40.2\n.*the media is 160x90\n.*has 24.000 frames/,
    );
  });

  const anamorphic: ForeignKind[] = ['anamorphic transport streams', 'anamorphic fragmented MP4'];
  it.each(
    anamorphic.flatMap((kind) => [
      { kind, resolution: '160x90', count: 0 },
      { kind, resolution: '213x90', count: 0 },
      { kind, resolution: '120x90', count: 1 },
    ]),
  )('takes RESOLUTION for the coded size or the displayed one: $resolution of $kind', async (row) => {
    const files = await makeForeignHls(row.kind);
    const variant = `#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=${row.resolution}`;
    const { url } = await serve(files.set('x.m3u8', Buffer.from(`#EXTM3U\n${variant}\nmedia.m3u8\n`)));
    const { findings } = await checkUrl(`${url}x.m3u8`);
    expect(findings.filter(({ rule }) => rule === '2.3')).toHaveLength(row.count);
  });

  it.each([
    { rate: '24.000', found: [] },
    { rate: '7.000', found: ['variant media.m3u8: FRAME-RATE says 7, the media has 16.000 frames a second'] },
  ])('takes FRAME-RATE for the highest rate of media that has several: $rate', async ({ rate, found }) => {
    const files = await makeForeignHls('variable frame rate');
    const variant = `#EXT-X-STREAM-INF:BANDWIDTH=1,FRAME-RATE=${rate}`;
    const { url } = await serve(files.set('x.m3u8', Buffer.from(`#EXTM3U\n${variant}\nmedia.m3u8\n`)));
    const { findings } = await checkUrl(`${url}x.m3u8`);
    expect(findings.filter(({ rule }) => rule === '2.4').map(({ message }) => message)).toEqual(found);
  });

  it('notes a transport stream that nobody can read', async () => {
    const files = await makeForeignHls('transport streams, muxed');
    const packets = Buffer.alloc(1880);
    for (let at = 0; at < packets.length; at += 188) packets.writeUInt8(0x47, at);
    const { url } = await serve(files.set('media1.ts', packets));
    const { notes } = await checkUrl(`${url}media.m3u8`);
    expect(notes.join('\n')).toMatch(
      /1 of its MPEG transport streams cannot be looked into, the first, segment 1: /,
    );
  });

  it('9.2: finds that a transport stream is cut short, and that it is not one all through', async () => {
    const files = await makeForeignHls('transport streams, muxed');
    const damaged = Buffer.from(files.get('media1.ts') ?? '');
    damaged.fill(0, 188 * 20, 188 * 21);
    files.set('media0.ts', files.get('media0.ts')?.subarray(0, 188 * 100 + 50) ?? damaged);
    const { url } = await serve(files.set('media1.ts', damaged));
    const { findings } = await checkUrl(`${url}media.m3u8`);
    const found = findings.filter(({ rule }) => rule === '9.2').map(({ message }) => message);
    expect(found).toEqual([
      'rendition media: segment 0 is not whole: it ends after 50 of the 188 bytes of a packet',
      'rendition media: segment 1 is not whole: its packet at byte 3760 does not begin with a sync byte',
    ]);
  });

  it('9.2: finds that a segment is a web page', async () => {
    const files = await makeForeignHls('transport streams, muxed');
    const page = '<!doctype html><title>Log in</title>';
    const { url } = await serve(files.set('media1.ts', Buffer.from(page)));
    const { findings } = await checkUrl(`${url}media.m3u8`);
    const found = findings.filter(({ rule }) => rule === '9.2').map(({ message }) => message);
    expect(found).toEqual([
      'rendition media: segment 1 is not whole: it is neither fragmented MP4, nor a transport stream, nor packed audio',
    ]);
  });

  it.each([
    { name: 'a web page', text: '<!doctype html><title>Not found</title>', rule: '7.1' },
    { name: 'nothing at all', text: '', rule: '7.1' },
    {
      name: 'a playlist without segments',
      text: '#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-ENDLIST\n',
      rule: '7.3',
    },
    { name: 'a segment named as a local file', text: playlistOf('file:///etc/passwd'), rule: '9.1' },
    { name: 'a segment whose name is no URI', text: playlistOf('http://[/x'), rule: '9.1' },
    {
      name: 'a playlist that names itself',
      text: '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nx.m3u8\n',
      rule: '7.1',
    },
  ])('makes findings, not errors, of $name', async ({ text, rule }) => {
    const { url } = await serve(new Map([['x.m3u8', Buffer.from(text)]]));
    const { findings } = await checkUrl(`${url}x.m3u8`);
    expect(findings.map((finding) => finding.rule)).toContain(rule);
  });

  it('looks at a bounded number of variants', async () => {
    const variants = Array.from(
      { length: 20_000 },
      (_, index) =>
        `#EXT-X-STREAM-INF:BANDWIDTH=${index},AUDIO="a"\nx.m3u8\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a"\n`,
    );
    const { url } = await serve(new Map([['x.m3u8', Buffer.from(`#EXTM3U\n${variants.join('')}`)]]));
    const { notes } = await checkUrl(`${url}x.m3u8`);
    expect(notes).toContain('variants: 500 of 20000 were looked at');
    expect(notes).toContain('alternative renditions: 500 of 20000 were looked at');
  });

  it('tells one defect a bounded number of times', async () => {
    const segments = '#EXTINF:9,\nx.m4s\n'.repeat(1_000);
    const text = `#EXTM3U\n#EXT-X-TARGETDURATION:6\n${segments}#EXT-X-ENDLIST\n`;
    const { url } = await serve(new Map([['x.m3u8', Buffer.from(text)]]));
    const { findings } = await checkUrl(`${url}x.m3u8`);
    const tooLong = findings.filter(({ rule }) => rule === '1.5').map(({ message }) => message);
    expect(tooLong).toHaveLength(101);
    expect(tooLong.at(-1)).toBe('rule 1.5 is broken 900 more times');
  });

  it('says that nothing answers', async () => {
    const server = await serveHls(new Map());
    await server.close();
    const { url } = server;
    const { findings } = await checkUrl(`${url}x.m3u8`);
    expect(findings).toEqual([
      expect.objectContaining({ rule: '9.1', message: expect.stringMatching(/ECONNREFUSED/) as string }),
    ]);
  });
});

function playlistOf(uri: string): string {
  return `#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:6,\n${uri}\n#EXT-X-ENDLIST\n`;
}
