import { beforeAll, describe, expect, it } from 'vitest';
import { checkUrl } from '#core/hls/check/check-url.js';
import { type HlsPublication, makeHlsPublication } from '#fixtures/hls/hls-publication.js';
import { useHlsServers } from '#fixtures/hls/hls-server.js';

let good: HlsPublication;
beforeAll(async () => {
  good = await makeHlsPublication();
});

const serve = useHlsServers();

describe('checkUrl on several init segments', () => {
  const playlist = 'v/h264-90/media.m3u8';

  /** Gives the second and later segments another init segment. */
  function withSecondInit(init: Buffer | undefined): Map<string, Buffer> {
    const files = new Map(good.files);
    const text = String(files.get(playlist));
    const at = text.indexOf('#EXTINF', text.indexOf('00000.m4s'));
    const change = '#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="second.mp4"\n';
    files.set(playlist, Buffer.from(text.slice(0, at) + change + text.slice(at)));
    if (init) files.set('v/h264-90/second.mp4', init);
    return files;
  }

  it('reads each segment with its own init segment', async () => {
    const { url } = await serve(withSecondInit(good.files.get('v/h264-90/init.mp4')));
    const { findings, notes } = await checkUrl(`${url}multivariant.m3u8`);
    expect(findings.filter(({ rule }) => !rule.startsWith('1.'))).toEqual([]);
    expect(notes).toContain(
      'rendition h264-90: it has several init segments; its tracks are those of the first',
    );
  });

  it('2.2: finds that CODECS does not match the second init segment', async () => {
    const other = Buffer.from(good.files.get('v/h264-90/init.mp4') ?? '');
    // The level in avcC, after its type, its version, the profile and the constraints.
    other.writeUInt8(41, other.indexOf('avcC') + 7);
    const { url } = await serve(withSecondInit(other));
    const { findings } = await checkUrl(`${url}multivariant.m3u8`);
    const wrong = findings.filter(({ rule }) => rule === '2.2').map(({ message }) => message);
    expect(wrong.join('\n')).toMatch(/h264-90.*but the media is avc1\.64001e,avc1\.640029,mp4a\.40\.2/);
  });

  it('does not report segments whose init segments are over the limit', async () => {
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

  it('9.1: finds that the second init segment is missing', async () => {
    const { url } = await serve(withSecondInit(undefined));
    const { findings } = await checkUrl(`${url}multivariant.m3u8`);
    const missing = findings.filter(({ rule }) => rule === '9.1').map(({ message }) => message);
    expect(missing).toEqual(['rendition h264-90: its init segment 2 responds with status 404']);
  });
});
