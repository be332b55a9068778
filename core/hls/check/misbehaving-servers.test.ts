import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckReport } from '#core/hls/check/check-publication.js';
import { checkUrl } from '#core/hls/check/check-url.js';
import type { RuleId } from '#core/hls/check/rules/rule-catalogue.js';
import { type HlsPublication, makeHlsPublication } from '#fixtures/hls/hls-publication.js';
import { type Misbehaviour, serveHls, useHlsServers } from '#fixtures/hls/hls-server.js';

let good: HlsPublication;
beforeAll(async () => {
  good = await makeHlsPublication();
});

const serve = useHlsServers();

async function checkGood(misbehave?: Misbehaviour): Promise<CheckReport> {
  const { url } = await serve(good.files, misbehave);
  return checkUrl(`${url}multivariant.m3u8`);
}

const segment = 'v/h264-90/00001.m4s';

describe('checkUrl on misbehaving servers', () => {
  const bad: { rule: RuleId; name: string; misbehave: Misbehaviour; says: RegExp }[] = [
    {
      rule: '8.1',
      name: 'playlists are not compressed',
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
      name: 'playlists are served as text/plain',
      misbehave: (path, response) => {
        const isPlaylist = path.endsWith('.m3u8');
        if (isPlaylist) response.setHeader('content-type', 'text/plain').end(good.files.get(path));
        return isPlaylist;
      },
      says: /the playlist is served with text\/plain, not application\/vnd.apple.mpegurl/,
    },
    {
      rule: '8.3',
      name: 'a segment is served without a MIME type',
      misbehave: (path, response) => {
        if (path === segment) response.end(good.files.get(path));
        return path === segment;
      },
      says: /rendition h264-90: segment 1 is served with no MIME type/,
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
      name: 'redirects form a loop',
      misbehave: (path, response) => {
        if (path === segment) response.writeHead(302, { location: `/${segment}` }).end();
        return path === segment;
      },
      says: /more than 5 redirects/,
    },
    {
      rule: '9.1',
      name: 'the server responds with 503',
      misbehave: (path, response) => {
        if (path === segment) response.writeHead(503).end();
        return path === segment;
      },
      says: /segment 1 responds with status 503/,
    },
    {
      rule: '9.1',
      name: 'the connection is reset',
      misbehave: (path, response) => {
        if (path === segment) response.destroy();
        return path === segment;
      },
      says: /segment 1 does not respond/,
    },
    {
      rule: '9.2',
      name: 'a body ends before its declared length',
      misbehave: (path, response) => {
        if (path !== segment) return false;
        const bytes = good.files.get(path) ?? Buffer.alloc(0);
        response.setHeader('content-length', bytes.length);
        response.write(bytes.subarray(0, 1000), () => response.destroy());
        return true;
      },
      says: /segment 1 is incomplete or invalid/,
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
      says: /init segment is incomplete or invalid: it is larger than 4194304 bytes/,
    },
  ];

  it.each(bad)('$rule: finds that $name', async ({ rule, misbehave, says }) => {
    const { findings } = await checkGood(misbehave);
    const messages = findings.filter((finding) => finding.rule === rule).map(({ message }) => message);
    expect(messages.join('\n')).toMatch(says);
  });

  it('8.2: finds that neither the address nor the MIME type identifies a playlist', async () => {
    const { url } = await serve(good.files, (path, response) => {
      if (path !== 'play') return false;
      response.setHeader('content-type', 'text/plain').end(good.files.get('multivariant.m3u8'));
      return true;
    });
    const { findings } = await checkUrl(`${url}play`);
    const found = findings.filter(({ rule }) => rule === '8.2').map(({ message }) => message);
    expect(found).toEqual(['the playlist is served with text/plain, and its address does not end in .m3u8']);
  });

  it('9.1: reports that the server does not respond', async () => {
    const server = await serveHls(new Map());
    await server.close();
    const { url } = server;
    const { findings } = await checkUrl(`${url}x.m3u8`);
    expect(findings).toEqual([
      expect.objectContaining({ rule: '9.1', message: expect.stringMatching(/ECONNREFUSED/) as string }),
    ]);
  });
});
