import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rungSizes, sizeOfHeight } from '#planning/ladder/rung-sizes.js';

const sizesOf = (displayWidth: number, displayHeight: number): string =>
  rungSizes({ displayWidth, displayHeight })
    .map(({ width, height }) => `${width}x${height}`)
    .join(' ');

const anyVideo = fc
  .record({ w: fc.integer({ min: 8, max: 4096 }), h: fc.integer({ min: 8, max: 4096 }) })
  .map(({ w, h }) => ({ displayWidth: 2 * w, displayHeight: 2 * h }));

describe('rungSizes', () => {
  it.each([
    ['full HD', 1920, 1080, '416x234 640x360 768x432 960x540 1280x720 1920x1080'],
    ['UHD', 3840, 2160, '416x234 640x360 768x432 960x540 1280x720 1920x1080 2560x1440 3840x2160'],
    ['8K stops at UHD', 7680, 4320, '416x234 640x360 768x432 960x540 1280x720 1920x1080 2560x1440 3840x2160'],
    ['portrait', 1080, 1920, '234x416 360x640 432x768 540x960 720x1280 1080x1920'],
    ['4:3', 640, 480, '312x234 480x360 576x432 640x480'],
    ['2.39:1', 1920, 804, '416x174 640x268 768x322 960x402 1280x536 1920x804'],
    ['square', 1080, 1080, '234x234 360x360 432x432 540x540 720x720 1080x1080'],
    ['between two steps', 1366, 768, '416x234 640x360 768x432 960x540 1280x720 1366x768'],
    ['smaller than the smallest step', 320, 180, '320x180'],
    ['tiny', 20, 20, '20x20'],
    ['a very wide video has no rungs of two lines', 3840, 64, '960x16 1280x22 1920x32 2560x42 3840x64'],
  ])('%s', (_name, width, height, sizes) => {
    expect(sizesOf(width, height)).toBe(sizes);
  });

  it('is even, ascending, never larger than the source, and keeps its aspect to within a pixel', () => {
    fc.assert(
      fc.property(anyVideo, (video) => {
        const sizes = rungSizes(video);
        expect(sizes.length).toBeGreaterThanOrEqual(1);
        for (const [index, { width, height }] of sizes.entries()) {
          expect([width % 2, height % 2]).toEqual([0, 0]);
          expect(width).toBeLessThanOrEqual(video.displayWidth);
          expect(height).toBeLessThanOrEqual(video.displayHeight);
          expect(width * height).toBeGreaterThan(
            (sizes[index - 1]?.width ?? 0) * (sizes[index - 1]?.height ?? 0),
          );
          // Both sides are rounded to even pixels from one exact scale: a scale must exist that explains
          // both.
          const scales = [width / video.displayWidth, height / video.displayHeight] as const;
          const slack = 1 / video.displayWidth + 1 / video.displayHeight;
          expect(Math.abs(scales[0] - scales[1])).toBeLessThanOrEqual(slack + 1e-9);
        }
      }),
    );
  });
});

describe('sizeOfHeight', () => {
  const fullHd = { displayWidth: 1920, displayHeight: 1080 };
  it.each([
    ['as requested', fullHd, 720, '1280x720'],
    ['an odd height becomes even', fullHd, 479, '854x480'],
    ['never upscaled', fullHd, 2160, '1920x1080'],
    ['portrait: lines are the long side', { displayWidth: 1080, displayHeight: 1920 }, 1280, '720x1280'],
    ['2.39:1', { displayWidth: 1920, displayHeight: 804 }, 400, '956x400'],
  ])('%s', (_name, video, lines, size) => {
    const { width, height } = sizeOfHeight(video, lines);
    expect(`${width}x${height}`).toBe(size);
  });

  it('belongs to the step its short side fits', () => {
    expect(sizeOfHeight({ displayWidth: 1080, displayHeight: 1920 }, 1280).stepHeight).toBe(720);
    expect(sizeOfHeight(fullHd, 600).stepHeight).toBe(720);
    expect(sizeOfHeight({ displayWidth: 7680, displayHeight: 4320 }, 4320).stepHeight).toBe(2160);
  });

  it('is even and fits into the source', () => {
    fc.assert(
      fc.property(anyVideo, fc.integer({ min: 64, max: 4320 }), (video, lines) => {
        const { width, height } = sizeOfHeight(video, lines);
        expect([width % 2, height % 2]).toEqual([0, 0]);
        expect(width).toBeLessThanOrEqual(video.displayWidth);
        expect(height).toBeLessThanOrEqual(video.displayHeight);
      }),
    );
  });
});
