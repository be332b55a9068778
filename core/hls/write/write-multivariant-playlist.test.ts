import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findStrictRefusal } from '#core/hls/check/load/playlist-loader.js';
import { readPlaylist } from '#core/hls/read/read-playlist.js';
import type { AudioEntry, MultivariantModel, VariantEntry } from '#core/hls/write/multivariant-model.js';
import { writeMultivariantPlaylist } from '#core/hls/write/write-multivariant-playlist.js';

const audio: AudioEntry = {
  groupId: 'audio',
  uri: 'a/en-2/media.m3u8',
  name: 'English',
  language: 'en',
  isDefault: true,
  channels: 2,
  stableRenditionId: 'en-2',
};
const variant: VariantEntry = {
  uri: 'v/h264-720/media.m3u8',
  peakBitsPerSecond: 3_000_000,
  averageBitsPerSecond: 2_000_000,
  codecs: ['avc1.640028', 'mp4a.40.2'],
  width: 1280,
  height: 720,
  framesPerSecond: 30_000 / 1_001,
  audioGroupId: 'audio',
  stableVariantId: 'h264-720',
};
const model: MultivariantModel = { audio: [audio], variants: [variant], iframes: [] };

describe('writeMultivariantPlaylist', () => {
  it('writes the entries in the order given', () => {
    expect(writeMultivariantPlaylist(model).split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,' +
        'CHANNELS="2",STABLE-RENDITION-ID="en-2",URI="a/en-2/media.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=3000000,AVERAGE-BANDWIDTH=2000000,CODECS="avc1.640028,mp4a.40.2",' +
        'RESOLUTION=1280x720,STABLE-VARIANT-ID="h264-720",FRAME-RATE=29.970,AUDIO="audio"',
      'v/h264-720/media.m3u8',
      '',
    ]);
  });

  it('declares that no variant has captions if the video is known to carry none', () => {
    const withoutCaptions = { ...variant, isWithoutCaptions: true };
    const text = writeMultivariantPlaylist({ ...model, variants: [withoutCaptions] });
    expect(text).toContain('AUDIO="audio",CLOSED-CAPTIONS=NONE\n');
    expect(writeMultivariantPlaylist(model)).not.toContain('CLOSED-CAPTIONS');
  });

  const refused: [string, Partial<MultivariantModel>, RegExp][] = [
    ['no variants', { variants: [] }, /needs a variant/],
    [
      'a variant that names an unknown audio group',
      { variants: [{ ...variant, audioGroupId: 'x' }] },
      /names audio group x/,
    ],
    [
      'two defaults in a group',
      { audio: [audio, { ...audio, name: 'Other' }] },
      /has two default renditions/,
    ],
    [
      'two renditions with one name',
      { audio: [audio, { ...audio, isDefault: false }] },
      /with the same name/,
    ],
    ['SCORE on some variants only', { variants: [variant, { ...variant, score: 1 }] }, /SCORE is on 1 of 2/],
    [
      'CLOSED-CAPTIONS on some variants only',
      { variants: [variant, { ...variant, isWithoutCaptions: true }] },
      /CLOSED-CAPTIONS is on 1 of 2/,
    ],
    [
      'VIDEO-RANGE on some variants only',
      { variants: [variant, { ...variant, videoRange: 'PQ' }] },
      /VIDEO-RANGE is on 1 of 2/,
    ],
    [
      'a quote in a name',
      { audio: [{ ...audio, name: 'a"b' }] },
      /has characters that quoted attributes must not hold/,
    ],
    [
      'a line break in a name',
      { audio: [{ ...audio, name: 'a\n#EXT-X-KEY:METHOD=NONE' }] },
      /has characters that quoted attributes must not hold/,
    ],
    [
      'a URI that parses as a tag',
      { variants: [{ ...variant, uri: '#EXT-X-ENDLIST' }] },
      /is not a URI that a playlist can hold/,
    ],
    [
      'a URI with a line break',
      { variants: [{ ...variant, uri: 'a\r\nb' }] },
      /is not a URI that a playlist can hold/,
    ],
    ['a fractional bandwidth', { variants: [{ ...variant, peakBitsPerSecond: 1.5 }] }, /not a whole number/],
    [
      'an infinite frame rate',
      { variants: [{ ...variant, framesPerSecond: Number.POSITIVE_INFINITY }] },
      /not a number/,
    ],
    ['a pathway id with a comma', { variants: [{ ...variant, pathwayId: 'a,b' }] }, /not a pathway id/],
    [
      'steering to a pathway without variants',
      { steering: { serverUri: 's', pathwayId: 'x' } },
      /no variant is on pathway x/,
    ],
  ];

  it.each(refused)('refuses %s', (_, change, message) => {
    expect(() => writeMultivariantPlaylist({ ...model, ...change })).toThrow(message);
  });

  it('writes a playlist that a strict parser reads back, or refuses, whatever the text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('"', '\r\n#EXT-X-ENDLIST', '\u2028', '\ud800', 'a",URI="b'),
    );
    fc.assert(
      fc.property(text, text, text, (name, language, uri) => {
        const changed = { ...model, audio: [{ ...audio, name, language, uri }] };
        let written: string;
        try {
          written = writeMultivariantPlaylist(changed);
        } catch (error) {
          expect((error as Error).name).toBe('PlaylistWriteError');
          return;
        }
        expect(findStrictRefusal(written)).toBeUndefined();
        const read = readPlaylist(written, 'http://example.com/');
        if (read?.kind !== 'multivariant') throw new Error('not a multivariant playlist');
        expect(read.media[0]?.attributes.get('NAME')).toBe(name);
        expect(read.media[0]?.attributes.get('LANGUAGE')).toBe(language);
        expect(read.media).toHaveLength(1);
        expect(read.variants).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });
});
