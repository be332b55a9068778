import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, SegmentGrid } from '#core/contracts/plan.js';
import { gridSeconds } from '#core/contracts/segment-grid.js';
import { playlistSeconds } from '#core/hls/check/load/presentation.js';
import { strictRefusal } from '#core/hls/check/load/strict-parse.js';
import {
  audioMediaPlaylist,
  iframePlaylist,
  videoMediaPlaylist,
  writePublicationMultivariant,
} from '#core/hls/publication-playlists.js';
import { type MediaPlaylist, type MultivariantPlaylist, readPlaylist } from '#core/hls/read-playlist.js';
import { sampleAudio, samplePublication, sampleRung } from '#fixtures/sample-publication.js';

function readMedia(text: string): MediaPlaylist {
  expect(strictRefusal(text)).toBeUndefined();
  const playlist = readPlaylist(text, 'http://example.com/media.m3u8');
  if (playlist?.kind !== 'media') throw new Error('it is no media playlist');
  return playlist;
}

function readMultivariant(text: string): MultivariantPlaylist {
  expect(strictRefusal(text)).toBeUndefined();
  const playlist = readPlaylist(text, 'http://example.com/multivariant.m3u8');
  if (playlist?.kind !== 'multivariant') throw new Error('it is no multivariant playlist');
  return playlist;
}

const rates: [number, number][] = [
  [24_000, 1_001],
  [24, 1],
  [25, 1],
  [30_000, 1_001],
  [30, 1],
  [48, 1],
  [50, 1],
  [60_000, 1_001],
  [60, 1],
];

const grids = fc
  .record({ rate: fc.constantFrom(...rates), frameCount: fc.integer({ min: 1, max: 30_000 }) })
  .map(({ rate: [numerator, denominator], frameCount }): SegmentGrid => {
    const gopFrames = Math.round((2 * numerator) / denominator / 2) * 2;
    const segmentFrames = gopFrames * 3;
    const segmentCount = Math.ceil(frameCount / segmentFrames);
    return { frameRate: { numerator, denominator }, frameCount, gopFrames, segmentFrames, segmentCount };
  });

describe('media playlists', () => {
  it('last as long as the grid, within their own frame, for any length at any rate', () => {
    const { plan } = samplePublication();
    fc.assert(
      fc.property(
        grids,
        fc.constantFrom(1, 2),
        fc.constantFrom(44_100, 48_000),
        (grid, frameStep, sampleRate) => {
          const [rung, rendition] = [plan.rungs[0], plan.audio[0]];
          if (!rung || !rendition) throw new Error('the sample has no renditions');
          const own: Plan = { ...plan, grid };
          const frameSeconds = grid.frameRate.denominator / grid.frameRate.numerator;
          const video = readMedia(videoMediaPlaylist(own, { ...rung, frameStep }));
          const audio = readMedia(audioMediaPlaylist(own, { ...rendition, sampleRate }));
          const rounding = 1e-6 * grid.segmentCount;
          expect(Math.abs(playlistSeconds(video) - gridSeconds(grid))).toBeLessThan(
            (frameStep - 1) * frameSeconds + rounding,
          );
          // The last segment of one picture frame may hold a whole AAC frame more.
          expect(Math.abs(playlistSeconds(audio) - gridSeconds(grid))).toBeLessThan(
            1.5 * (1024 / sampleRate) + rounding,
          );
          expect(video.segments).toHaveLength(grid.segmentCount);
          expect(audio.segments).toHaveLength(grid.segmentCount);
          expect(video.targetDurationSeconds).toBe(6);
          expect(audio.targetDurationSeconds).toBe(6);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('point at key frames by byte range', () => {
    const { plan } = samplePublication();
    const rung = plan.rungs[0] ?? sampleRung('h264', 234, 300_000);
    const text = iframePlaylist(plan, rung, [
      { segmentIndex: 0, offsetBytes: 0, lengthBytes: 900, durationSeconds: 2 },
      { segmentIndex: 0, offsetBytes: 5_000, lengthBytes: 800, durationSeconds: 2 },
    ]);
    const playlist = readMedia(text);
    expect(playlist.isIframesOnly).toBe(true);
    expect(playlist.segments.map(({ range }) => range)).toEqual([
      { offsetBytes: 0, lengthBytes: 900 },
      { offsetBytes: 5_000, lengthBytes: 800 },
    ]);
  });
});

const idsOf = (playlist: MultivariantPlaylist): (string | undefined)[] =>
  playlist.variants.map(({ attributes }) => attributes.get('STABLE-VARIANT-ID'));

describe('the multivariant playlist', () => {
  it('begins near 2000 kb/s and goes on from low to high', () => {
    const { plan, measurement } = samplePublication();
    const playlist = readMultivariant(writePublicationMultivariant(plan, measurement));
    expect(idsOf(playlist)).toEqual(['h264-540', 'h264-234', 'h264-360', 'h264-720', 'h264-1080']);
  });

  it('begins with the rendition it is told to, and offers only those it is told to', () => {
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

  it('declares the sum of the picture and the costliest sound: planned, then measured', () => {
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

  it('says that it is planned until it is measured', () => {
    const { plan, measurement } = samplePublication();
    expect(readMultivariant(writePublicationMultivariant(plan, undefined)).isBeingEncoded).toBe(true);
    expect(readMultivariant(writePublicationMultivariant(plan, measurement)).isBeingEncoded).toBe(false);
  });

  it('lists every variant once a pathway, each with the sound of its own pathway', () => {
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

  it('scores variants where there are several codecs, a newer one above an older of the same size', () => {
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

  it('declares VIDEO-RANGE on all variants as soon as one is HDR', () => {
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

  it('is sound whatever the tracks of a file are called', () => {
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
