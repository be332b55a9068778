import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseVideo } from '#planning/source/normalise-video.js';
import { probedStreamSchema } from '#planning/source/probe-report.js';
import { defaultSourceLimits } from '#planning/source/source-limits.js';

interface Given {
  stream?: object;
  detectedInterlacing?: 'no' | 'top-first' | 'bottom-first' | undefined;
}

function normalise({ stream = {}, detectedInterlacing }: Given) {
  const probed = probedStreamSchema.parse({
    index: 2,
    codec_name: 'h264',
    width: 1920,
    height: 1080,
    pix_fmt: 'yuv420p',
    ...stream,
  });
  return normaliseVideo(
    {
      stream: probed,
      demuxer: 'mov',
      seeking: 'indexed',
      originSeconds: 0.5,
      decodeDelaySeconds: 0,
      containerStartSeconds: 0.25,
      averageFramesPerSecond: 24,
      detectedInterlacing,
    },
    defaultSourceLimits,
  );
}

const matrix = (a: number, b: number, c: number, d: number) => ({
  side_data_list: [
    {
      side_data_type: 'Display Matrix',
      displaymatrix: `\n00000000: ${a} ${b} 0\n00000001: ${c} ${d} 0\n00000002: 0 0 1073741824\n`,
    },
  ],
});

it('passes on what every run needs', () => {
  expect(normalise({})).toMatchObject({
    demuxer: 'mov',
    seeking: 'indexed',
    streamIndex: 2,
    decoder: 'h264',
    originSeconds: 0.5,
    decodeDelaySeconds: 0,
    containerStartSeconds: 0.25,
    codedWidth: 1920,
    codedHeight: 1080,
    interlaced: 'no',
    range: 'SDR',
    bitDepth: 8,
  });
});

it.each([
  [0, false],
  [1, true],
  [undefined, undefined],
])('takes closed captions from ffprobe: %s is %s', (closed_captions, hasClosedCaptions) => {
  expect(normalise({ stream: { closed_captions } }).hasClosedCaptions).toBe(hasClosedCaptions);
});

describe('display size', () => {
  it.each<[string, object, string]>([
    ['square pixels', {}, '1920x1080'],
    ['PAL widescreen', { width: 720, height: 576, sample_aspect_ratio: '64:45' }, '1024x576'],
    ['PAL 4:3', { width: 720, height: 576, sample_aspect_ratio: '16:15' }, '768x576'],
    ['NTSC 4:3 grows in height', { width: 720, height: 480, sample_aspect_ratio: '8:9' }, '720x540'],
    ['anamorphic HDV', { width: 1440, height: 1080, sample_aspect_ratio: '4:3' }, '1920x1080'],
    ['unknown aspect', { sample_aspect_ratio: '0:1' }, '1920x1080'],
    ['an aspect with a zero denominator', { sample_aspect_ratio: '1:0' }, '1920x1080'],
    ['an aspect that no real format has', { sample_aspect_ratio: '1:500' }, '1920x1080'],
    ['odd sides', { width: 853, height: 479 }, '854x480'],
    ['rotated', matrix(0, 65536, -65536, 0), '1080x1920'],
    [
      'rotated anamorphic',
      { width: 1440, height: 1080, sample_aspect_ratio: '4:3', ...matrix(0, -65536, 65536, 0) },
      '1080x1920',
    ],
    ['upside down', matrix(-65536, 0, 0, -65536), '1920x1080'],
  ])('%s', (_name, stream, size) => {
    const { displayWidth, displayHeight } = normalise({ stream });
    expect(`${displayWidth}x${displayHeight}`).toBe(size);
  });

  it('is even and no smaller than the coded size, for any aspect', () => {
    // 4:1 coded sides and 5:1 pixels together stay under the limit of 32:1.
    const side = fc.integer({ min: 250, max: 1_000 });
    const part = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(side, side, part, part, (width, height, num, den) => {
        const aspect = num / den;
        fc.pre(aspect > 0.2 && aspect < 5);
        const { displayWidth, displayHeight } = normalise({
          stream: { width, height, sample_aspect_ratio: `${num}:${den}` },
        });
        expect([displayWidth % 2, displayHeight % 2]).toEqual([0, 0]);
        expect(displayWidth).toBeGreaterThanOrEqual(width - 1);
        expect(displayHeight).toBeGreaterThanOrEqual(height - 1);
        const exact = (width / height) * aspect;
        expect(Math.abs(displayWidth - displayHeight * exact)).toBeLessThanOrEqual(1 + exact);
      }),
    );
  });
});

describe('refused dimensions', () => {
  it.each<[string, object]>([
    ['2 lines', { width: 1920, height: 2 }],
    ['1 pixel', { width: 1, height: 1 }],
    ['0 pixels', { width: 0, height: 0 }],
    ['too many pixels', { width: 16_384, height: 8_640 }],
    ['a side over the limit', { width: 16, height: 9_000 }],
    ['an aspect over the limit', { width: 2_000, height: 40 }],
    [
      'non-square pixels that stretch it over the limit',
      { width: 8_000, height: 4_000, sample_aspect_ratio: '2:1' },
    ],
  ])('%s', (_name, stream) => {
    expect(() => normalise({ stream })).toThrow(
      /^dimensions: the video is \d+x\d+; sides of 16 to 8192 pixels/,
    );
  });
});

describe('interlacing', () => {
  it.each<[string, string | undefined, Given['detectedInterlacing'], string]>([
    ['not declared, none detected', undefined, undefined, 'no'],
    ['declared progressive', 'progressive', 'no', 'no'],
    ['top first', 'tt', undefined, 'top-first'],
    ['bottom first', 'bb', undefined, 'bottom-first'],
    ['woven, top field first', 'tb', undefined, 'top-first'],
    ['woven, bottom field first', 'bt', undefined, 'bottom-first'],
    ['detected', 'unknown', 'top-first', 'top-first'],
    ['declared progressive, detected as interlaced', 'progressive', 'bottom-first', 'bottom-first'],
    ['the declared order over the detected one', 'bb', 'top-first', 'bottom-first'],
  ])('%s', (_name, field_order, detectedInterlacing, interlaced) => {
    expect(normalise({ stream: { field_order }, detectedInterlacing }).interlaced).toBe(interlaced);
  });
});

describe('colour', () => {
  it.each<[string, object, object]>([
    [
      'HDR10',
      {
        pix_fmt: 'yuv420p10le',
        color_transfer: 'smpte2084',
        color_primaries: 'bt2020',
        color_space: 'bt2020nc',
      },
      {
        range: 'PQ',
        bitDepth: 10,
        colour: { primaries: 'bt2020', transfer: 'smpte2084', matrix: 'bt2020nc', fullRange: false },
      },
    ],
    [
      'HLG without other tags',
      { pix_fmt: 'yuv422p10le', color_transfer: 'arib-std-b67' },
      {
        range: 'HLG',
        bitDepth: 10,
        colour: { primaries: 'bt2020', transfer: 'arib-std-b67', matrix: 'bt2020nc', fullRange: false },
      },
    ],
    [
      'BT.2020 by its matrix alone',
      { color_space: 'bt2020nc' },
      { colour: { primaries: 'bt2020', transfer: 'bt709', matrix: 'bt2020nc', fullRange: false } },
    ],
    [
      'BT.2020 by its primaries alone',
      { color_primaries: 'bt2020' },
      { colour: { primaries: 'bt2020', transfer: 'bt709', matrix: 'bt2020nc', fullRange: false } },
    ],
    [
      'tagged RGB, but not RGB',
      { pix_fmt: 'yuv444p', color_space: 'gbr' },
      { colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false } },
    ],
    [
      'RGB tagged limited',
      { pix_fmt: 'gbrp', color_space: 'gbr', color_range: 'tv' },
      { colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'gbr', fullRange: true } },
    ],
    [
      'untagged HD',
      {},
      { range: 'SDR', colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false } },
    ],
    [
      'untagged SD',
      { width: 640, height: 480 },
      { colour: { primaries: 'smpte170m', transfer: 'bt709', matrix: 'smpte170m', fullRange: false } },
    ],
    [
      'tags without a meaning',
      { color_space: 'unknown', color_primaries: 'reserved' },
      { colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false } },
    ],
    [
      'full range by its tag',
      { color_range: 'pc' },
      { colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: true } },
    ],
    [
      'full range by its format',
      { pix_fmt: 'yuvj420p' },
      { colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: true } },
    ],
    [
      'a screen recording in RGB',
      { pix_fmt: 'gbrp' },
      { colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'gbr', fullRange: true } },
    ],
    ['8-bit', { pix_fmt: 'nv12' }, { bitDepth: 8 }],
    ['12-bit', { pix_fmt: 'yuv444p12le' }, { bitDepth: 12 }],
    ['10-bit from a graphics card', { pix_fmt: 'p010le' }, { bitDepth: 10 }],
    ['16-bit grey', { pix_fmt: 'gray16le' }, { bitDepth: 16 }],
    ['PNG with 16 bits per component', { pix_fmt: 'rgba64be' }, { bitDepth: 16 }],
    ['16 bits per pixel, not per component', { pix_fmt: 'rgb565le' }, { bitDepth: 8 }],
  ])('%s', (_name, stream, facts) => {
    expect(normalise({ stream })).toMatchObject(facts);
  });
});
