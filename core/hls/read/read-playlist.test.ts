import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAttributes } from '#core/hls/read/read-lines.js';
import { readPlaylist } from '#core/hls/read/read-playlist.js';

const base = 'https://example.com/a/x.m3u8?token=1';

describe('readPlaylist', () => {
  it('resolves URIs, and continues byte ranges where the previous one ended', () => {
    const text = [
      '#EXTM3U',
      '#EXT-X-MAP:URI="i.mp4",BYTERANGE="10@0"',
      '#EXTINF:2.5,a title, with a comma',
      '#EXT-X-BYTERANGE:100@10',
      'm.mp4',
      '#EXT-X-DISCONTINUITY',
      '#EXTINF:2',
      '#EXT-X-BYTERANGE:50',
      'm.mp4',
      '#EXT-X-KEY:METHOD=AES-128,URI="k"',
      '# a comment',
      '#EXTINF:1,',
      '/b/n.mp4',
    ].join('\r\n');
    const playlist = readPlaylist(text, base);
    if (playlist?.kind !== 'media') throw new Error('not a media playlist');
    const map = { uri: 'https://example.com/a/i.mp4', range: { offsetBytes: 0, lengthBytes: 10 } };
    const plain = { map, isGap: false, isEncrypted: false, isDiscontinuous: false };
    expect(playlist.segments).toEqual([
      {
        ...plain,
        uri: 'https://example.com/a/m.mp4',
        durationSeconds: 2.5,
        range: { offsetBytes: 10, lengthBytes: 100 },
      },
      {
        ...plain,
        uri: 'https://example.com/a/m.mp4',
        durationSeconds: 2,
        range: { offsetBytes: 110, lengthBytes: 50 },
        isDiscontinuous: true,
      },
      {
        ...plain,
        uri: 'https://example.com/b/n.mp4',
        durationSeconds: 1,
        range: undefined,
        isEncrypted: true,
      },
    ]);
    expect(playlist.isEnded).toBe(false);
  });

  it('keeps steering, pathways and supplemental codecs, which other readers drop', () => {
    const text = [
      '#EXTM3U',
      '#EXT-X-CONTENT-STEERING:SERVER-URI="/s?a=1,2",PATHWAY-ID="A"',
      '#EXT-X-STREAM-INF:BANDWIDTH=1,SUPPLEMENTAL-CODECS="dvh1.08.07/db4h",PATHWAY-ID="A"',
      'v.m3u8',
    ].join('\n');
    const playlist = readPlaylist(text, base);
    if (playlist?.kind !== 'multivariant') throw new Error('not a multivariant playlist');
    expect(playlist.steering?.get('SERVER-URI')).toBe('/s?a=1,2');
    expect(playlist.variants[0]?.attributes.get('SUPPLEMENTAL-CODECS')).toBe('dvh1.08.07/db4h');
    expect(playlist.variants[0]?.attributes.get('PATHWAY-ID')).toBe('A');
  });

  it('never throws, whatever the text', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '#EXTINF:',
        '#EXTINF:-1e999,',
        '#EXT-X-BYTERANGE:9999999999999999999@1',
        '#EXT-X-MAP:URI="',
        '#EXT-X-STREAM-INF:',
        '#EXT-X-KEY',
        'http://[',
        '#EXT-X-TARGETDURATION:x',
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        expect(() => readPlaylist(['#EXTM3U', ...lines].join('\n'), base)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});

describe('readAttributes', () => {
  it('keeps commas and equals signs in quotes, and the first of two equal names', () => {
    expect([...readAttributes('A="x,y=z",B=1,A=2,C=')]).toEqual([
      ['A', 'x,y=z'],
      ['B', '1'],
      ['C', ''],
    ]);
  });

  it('takes linear time on hostile text', () => {
    expect(readAttributes(`${'A'.repeat(100_000)}"`).size).toBe(0);
  });
});
