import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, SegmentGrid } from '#core/contracts/plan.js';
import { gridSeconds } from '#core/contracts/segment-grid.js';
import { findStrictRefusal } from '#core/hls/check/load/playlist-loader.js';
import {
  writeAudioPlaylist,
  writeIframePlaylist,
  writeVideoPlaylist,
} from '#core/hls/publication/write-rendition-playlists.js';
import { type MediaPlaylist, playlistSeconds } from '#core/hls/read/playlist.js';
import { readPlaylist } from '#core/hls/read/read-playlist.js';
import { samplePublication, sampleRung } from '#fixtures/sample-publication.js';

function readMedia(text: string): MediaPlaylist {
  expect(findStrictRefusal(text)).toBeUndefined();
  const playlist = readPlaylist(text, 'http://example.com/media.m3u8');
  if (playlist?.kind !== 'media') throw new Error('not a media playlist');
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

describe('rendition playlists', () => {
  it('last as long as the grid to within a frame, for any length at any frame rate', () => {
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
          const video = readMedia(writeVideoPlaylist(own, { ...rung, frameStep }));
          const audio = readMedia(writeAudioPlaylist(own, { ...rendition, sampleRate }));
          const rounding = 1e-6 * grid.segmentCount;
          expect(Math.abs(playlistSeconds(video) - gridSeconds(grid))).toBeLessThan(
            (frameStep - 1) * frameSeconds + rounding,
          );
          // AAC frames are whole: audio may run past the last video frame by up to one of them.
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

  it('address key frames by byte range', () => {
    const { plan } = samplePublication();
    const rung = plan.rungs[0] ?? sampleRung('h264', 234, 300_000);
    const text = writeIframePlaylist(plan, rung, [
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
