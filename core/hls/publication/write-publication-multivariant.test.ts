import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findStrictRefusal } from '#core/hls/check/load/playlist-loader.js';
import { writePublicationMultivariant } from '#core/hls/publication/write-publication-multivariant.js';
import type { MultivariantPlaylist } from '#core/hls/read/playlist.js';
import { readPlaylist } from '#core/hls/read/read-playlist.js';
import { sampleAudio, samplePublication, sampleRung } from '#fixtures/sample-publication.js';

function readMultivariant(text: string): MultivariantPlaylist {
  expect(findStrictRefusal(text)).toBeUndefined();
  const playlist = readPlaylist(text, 'http://example.com/multivariant.m3u8');
  if (playlist?.kind !== 'multivariant') throw new Error('not a multivariant playlist');
  return playlist;
}

const idsOf = (playlist: MultivariantPlaylist): (string | undefined)[] =>
  playlist.variants.map(({ attributes }) => attributes.get('STABLE-VARIANT-ID'));

describe('writePublicationMultivariant', () => {
  it('starts near 2000 kb/s, then lists the others by ascending bandwidth', () => {
    const { plan, measurement } = samplePublication();
    const playlist = readMultivariant(writePublicationMultivariant(plan, measurement));
    expect(idsOf(playlist)).toEqual(['h264-540', 'h264-234', 'h264-360', 'h264-720', 'h264-1080']);
  });

  it('starts with the requested rendition and offers only the requested ones', () => {
    const { plan } = samplePublication();
    const options = { renditionIds: ['h264-360', 'h264-720'], firstRenditionId: 'h264-720' };
    expect(idsOf(readMultivariant(writePublicationMultivariant(plan, undefined, options)))).toEqual([
      'h264-720',
      'h264-360',
    ]);
  });

  it.each([{ renditionIds: ['h264-999'] }, { firstRenditionId: 'h264-999' }])(
    'refuses a rendition that the plan does not have: %j',
    (options) => {
      const { plan } = samplePublication();
      expect(() => writePublicationMultivariant(plan, undefined, options)).toThrow(/no rendition h264-999/);
    },
  );

  it.each([
    [false, 'NONE'],
    [true, undefined],
    [undefined, undefined],
  ])(
    'declares captions of a source for which hasClosedCaptions is %s as %s',
    (hasClosedCaptions, declared) => {
      const { plan, measurement } = samplePublication();
      const captioned = { ...plan, video: { ...plan.video, hasClosedCaptions } };
      const { variants } = readMultivariant(writePublicationMultivariant(captioned, measurement));
      for (const { attributes } of variants) expect(attributes.get('CLOSED-CAPTIONS')).toBe(declared);
    },
  );

  it('declares the sum of video and the highest audio bitrate: planned, then measured', () => {
    const audio = [sampleAudio('en', true), { ...sampleAudio('de', false), bitsPerSecond: 256_000 }];
    const { plan, measurement } = samplePublication({ rungs: [sampleRung('h264', 720, 1_000_000)], audio });
    const bandwidth = (text: string): (string | undefined)[] =>
      readMultivariant(text).variants.flatMap(({ attributes }) => [
        attributes.get('BANDWIDTH'),
        attributes.get('AVERAGE-BANDWIDTH'),
      ]);
    expect(bandwidth(writePublicationMultivariant(plan, undefined))).toEqual(['1281600', '856000']);
    expect(bandwidth(writePublicationMultivariant(plan, measurement))).toEqual(['1130400', '628000']);
  });

  it('is marked as being encoded until it is measured', () => {
    const { plan, measurement } = samplePublication();
    expect(readMultivariant(writePublicationMultivariant(plan, undefined)).isBeingEncoded).toBe(true);
    expect(readMultivariant(writePublicationMultivariant(plan, measurement)).isBeingEncoded).toBe(false);
  });

  it('lists every variant once per pathway, each with the audio of its own pathway', () => {
    const { plan } = samplePublication();
    const playlist = readMultivariant(
      writePublicationMultivariant(plan, undefined, {
        pathways: [
          { pathwayId: 'paris', baseUrl: 'https://paris.example/m/t/p/' },
          { pathwayId: 'oslo', baseUrl: 'https://oslo.example/m/t/p/' },
        ],
        steering: { serverUri: 'https://example.com/steering?t=1', pathwayId: 'paris' },
      }),
    );
    expect(playlist.variants).toHaveLength(10);
    for (const { uri, attributes } of [...playlist.variants, ...playlist.media]) {
      const pathway = attributes.get('PATHWAY-ID') ?? attributes.get('GROUP-ID')?.replace('audio-', '');
      expect(uri).toMatch(new RegExp(`^https://${pathway}\\.example/m/t/p/[va]/`));
      if (attributes.has('AUDIO')) expect(attributes.get('AUDIO')).toBe(`audio-${pathway}`);
    }
    expect(playlist.steering?.get('SERVER-URI')).toBe('https://example.com/steering?t=1');
  });

  it('scores variants of several codecs, a newer codec above an older one of the same size', () => {
    const rungs = [
      sampleRung('h264', 360, 800_000),
      sampleRung('h264', 720, 3_000_000),
      sampleRung('hevc', 360, 600_000),
      sampleRung('hevc', 720, 2_200_000),
    ];
    const { plan, measurement } = samplePublication({ rungs });
    const { variants } = readMultivariant(writePublicationMultivariant(plan, measurement));
    const scores = variants.map(({ attributes }) => [
      attributes.get('STABLE-VARIANT-ID'),
      Number(attributes.get('SCORE')),
    ]);
    const ranked = scores.sort((a, b) => Number(a[1]) - Number(b[1])).map(([id]) => id);
    expect(ranked).toEqual(['h264-360', 'hevc-360', 'h264-720', 'hevc-720']);
  });

  it('declares VIDEO-RANGE on all variants if one is HDR', () => {
    const rungs = [
      sampleRung('h264', 720, 2_000_000),
      { ...sampleRung('hevc', 720, 1_500_000), videoRange: 'PQ' as const },
    ];
    const { plan } = samplePublication({ rungs });
    const { variants } = readMultivariant(writePublicationMultivariant(plan, undefined));
    expect(variants.map(({ attributes }) => attributes.get('VIDEO-RANGE'))).toEqual(['SDR', 'PQ']);
  });

  it('offers I-frame playlists once they are measured', () => {
    const { plan, measurement } = samplePublication();
    const own = measurement.renditions['h264-720'];
    if (!own) throw new Error('the sample is not measured');
    own.iframes = { averageBitsPerSecond: 100_000, peakBitsPerSecond: 150_000 };
    const { iframes } = readMultivariant(writePublicationMultivariant(plan, measurement));
    expect(iframes.map(({ uri }) => uri)).toEqual(['http://example.com/v/h264-720/iframes.m3u8']);
    expect(iframes[0]?.attributes.get('CODECS')).toBe('avc1.640028');
  });

  it('stays valid whatever the track names of a source are', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', '"', "'", 'x\r\n#EXT-X-KEY:METHOD=NONE', 'Same', 'Same'),
    );
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 1, maxLength: 4 }), fc.boolean(), (names, isDefault) => {
        const audio = names.map((name, index) => ({
          ...sampleAudio('en', isDefault),
          renditionId: index === 0 ? 'en-2' : `en-2-${index}`,
          name,
        }));
        const { plan } = samplePublication({ audio });
        const { media, tagNames } = readMultivariant(writePublicationMultivariant(plan, undefined));
        expect(media).toHaveLength(names.length);
        expect(new Set(media.map(({ attributes }) => attributes.get('NAME'))).size).toBe(names.length);
        expect(media.filter(({ attributes }) => attributes.get('DEFAULT') === 'YES')).toHaveLength(1);
        expect(tagNames).not.toContain('EXT-X-KEY');
      }),
      { numRuns: 200 },
    );
  });
});
