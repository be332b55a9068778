import { describe, expect, it } from 'vitest';
import type { SourceVideo, VideoRange } from '#core/contracts/plan.js';
import { captureFfmpeg } from '#fixtures/media/capture-ffmpeg.js';
import { samplePublication, sampleRung } from '#fixtures/sample-publication.js';
import { colourFilters } from '#workers/ffmpeg/colour-filters.js';

type Colour = SourceVideo['colour'];

const sdr: Colour = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false };
const wide: Colour = { ...sdr, primaries: 'bt2020', matrix: 'bt2020nc' };
const pq: Colour = { ...wide, transfer: 'smpte2084' };
const hlg: Colour = { ...wide, transfer: 'arib-std-b67' };

/** A colour inside every gamut in these tests. */
const shown = [200, 60, 40];
const video = `color=c=0xC83C28:s=64x64:d=0.04,format=gbrpf32le,zscale=min=gbr:rin=full:pin=bt709:tin=bt709:npl=203`;

function rangeOf({ transfer }: Colour): VideoRange {
  if (transfer === 'smpte2084') return 'PQ';
  return transfer === 'arib-std-b67' ? 'HLG' : 'SDR';
}

function filtersFor(colour: Colour, videoRange: VideoRange = 'SDR'): string {
  const source = { ...samplePublication().plan.video, colour, range: rangeOf(colour) };
  const rung = {
    ...sampleRung(videoRange === 'SDR' ? 'h264' : 'hevc', 32, 1_000_000),
    width: 32,
    videoRange,
  };
  return colourFilters(source, rung).join(',');
}

/** Runs a chain of filters and resolves to the first pixel, as RGB. */
async function pixelOf(filters: string): Promise<number[]> {
  const { output } = await captureFfmpeg('ffmpeg', [
    ...['-f', 'lavfi', '-i', `${filters},format=rgb24`, '-frames:v', '1', '-f', 'rawvideo', '-'],
  ]);
  return [...output.subarray(0, 3)];
}

function expectNear(pixel: number[]): void {
  expect(pixel).toHaveLength(3);
  for (const [index, value] of pixel.entries())
    expect(Math.abs(value - (shown[index] ?? 0)), pixel.join(',')).toBeLessThanOrEqual(4);
}

/** Converts the BT.709 colour to a source with the given tags. */
function sourceOf({ primaries, transfer, matrix, fullRange }: Colour, format: string): string {
  const name = matrix === 'smpte240m' ? '7' : matrix;
  const range = fullRange ? 'full' : 'limited';
  return `${video}:m=${name}:p=${primaries}:t=${transfer}:r=${range},format=${format}`;
}

const onScreen = 'scale=in_color_matrix=bt709:in_range=limited:flags=accurate_rnd+full_chroma_int';
const inBt709 = 'm=gbr:p=bt709:t=bt709:r=full';

describe('an SDR rung shows the colours of a source in', () => {
  it.each<[string, Colour, string]>([
    ['BT.709', sdr, 'yuv420p'],
    ['BT.709, full range', { ...sdr, fullRange: true }, 'yuv420p'],
    ['BT.709, full range, 10 bits', { ...sdr, fullRange: true }, 'yuv420p10le'],
    ['the matrix of NTSC', { ...sdr, matrix: 'smpte170m' }, 'yuv420p'],
    ['the matrix of PAL, full range', { ...sdr, matrix: 'bt470bg', fullRange: true }, 'yuv420p'],
    ['the matrix of SMPTE 240M', { ...sdr, matrix: 'smpte240m' }, 'yuv444p'],
    ['the matrix of the FCC', { ...sdr, matrix: 'fcc' }, 'yuv422p'],
    ['YCgCo', { ...sdr, matrix: 'ycgco' }, 'yuv444p'],
    ['YCgCo, full range', { ...sdr, matrix: 'ycgco', fullRange: true }, 'yuv444p'],
    ['BT.2020', wide, 'yuv420p10le'],
    ['BT.2020, full range', { ...wide, fullRange: true }, 'yuv420p10le'],
    ['BT.2020, constant luminance', { ...wide, matrix: 'bt2020c' }, 'yuv444p12le'],
    ['BT.2020 as RGB', { ...wide, matrix: 'gbr', fullRange: true }, 'gbrp10le'],
    ['BT.2020 with transparency', wide, 'yuva420p10le'],
    ['Display P3', { ...sdr, primaries: 'smpte432' }, 'yuv420p'],
    ['Display P3, full range', { ...sdr, primaries: 'smpte432', fullRange: true }, 'yuv420p'],
    ['DCI P3', { ...sdr, primaries: 'smpte431' }, 'yuv420p10le'],
    ['primaries of film', { ...sdr, primaries: 'film' }, 'yuv420p10le'],
    ['primaries of 1953', { ...sdr, primaries: 'bt470m' }, 'yuv420p10le'],
    ['linear light', { ...sdr, transfer: 'linear' }, 'yuv444p12le'],
    ['a logarithmic curve', { ...sdr, transfer: 'log100' }, 'yuv444p12le'],
    ['PQ', pq, 'yuv420p10le'],
    ['PQ, full range', { ...pq, fullRange: true }, 'yuv420p10le'],
    ['PQ as RGB', { ...pq, matrix: 'gbr', fullRange: true }, 'gbrp12le'],
    ['PQ, Display P3', { ...pq, primaries: 'smpte432' }, 'yuv420p10le'],
    ['PQ, ICtCp', { ...pq, matrix: 'ictcp' }, 'yuv444p12le'],
    ['HLG', hlg, 'yuv420p10le'],
    ['HLG, full range', { ...hlg, fullRange: true }, 'yuv420p10le'],
    ['HLG, BT.709', { ...sdr, transfer: 'arib-std-b67' }, 'yuv420p10le'],
  ])('%s', async (_name, colour, format) => {
    expectNear(await pixelOf(`${sourceOf(colour, format)},${filtersFor(colour)},${onScreen}`));
  });

  // The plan's colour applies even if frames are untagged.
  it.each([
    ['BT.2020', wide],
    ['PQ', pq],
    ['YCgCo', { ...sdr, matrix: 'ycgco' }],
  ])('untagged %s', async (_name, colour) => {
    const untagged = 'setparams=range=unknown:color_primaries=unknown:color_trc=unknown:colorspace=unknown';
    expectNear(
      await pixelOf(`${sourceOf(colour, 'yuv444p10le')},${untagged},${filtersFor(colour)},${onScreen}`),
    );
  });

  it.each(['bt709', 'smpte170m', 'smpte240m', 'bt470m', 'bt470bg', 'iec61966-2-1', 'bt2020-10', 'smpte428'])(
    "%s, whose levels are shown as BT.709's",
    async (transfer) => {
      for (const primaries of ['bt709', 'smpte432']) {
        const colour = { ...sdr, primaries, transfer };
        const grey = `color=c=0x808080:s=64x64:d=0.04,format=yuv444p`;
        const [red = 0, green = 0, blue = 0] = await pixelOf(`${grey},${filtersFor(colour)},${onScreen}`);
        for (const value of [red, green, blue]) expect(Math.abs(value - 128)).toBeLessThanOrEqual(2);
      }
    },
  );

  it.each(['gray', 'gray10le'])('%s, without a tint', async (format) => {
    for (const colour of [sdr, { ...sdr, matrix: 'smpte170m' }, { ...wide, fullRange: true }]) {
      const range = colour.fullRange ? 'full' : 'limited';
      const grey = `color=c=0x808080:s=64x64:d=0.04,scale=out_range=${range},format=${format}`;
      for (const value of await pixelOf(`${grey},${filtersFor(colour)},${onScreen}`))
        expect(Math.abs(value - 128)).toBeLessThanOrEqual(2);
    }
  });
});

describe('an HDR rung shows the colours of a source in', () => {
  it.each<[string, Colour, string]>([
    ['PQ', pq, 'yuv420p10le'],
    ['PQ, full range', { ...pq, fullRange: true }, 'yuv420p10le'],
    ['PQ as RGB', { ...pq, matrix: 'gbr', fullRange: true }, 'gbrp12le'],
    ['PQ, Display P3', { ...pq, primaries: 'smpte432' }, 'yuv420p10le'],
    ['PQ, ICtCp', { ...pq, matrix: 'ictcp' }, 'yuv444p12le'],
    ['HLG', hlg, 'yuv420p10le'],
    ['HLG, full range', { ...hlg, fullRange: true }, 'yuv420p10le'],
    ['HLG, BT.709', { ...sdr, transfer: 'arib-std-b67' }, 'yuv420p10le'],
  ])('%s', async (_name, colour, format) => {
    const declared = `min=bt2020nc:pin=bt2020:tin=${colour.transfer}:rin=limited:npl=203`;
    const seen = `zscale=${declared}:${inBt709},format=gbrp`;
    expectNear(await pixelOf(`${sourceOf(colour, format)},${filtersFor(colour, rangeOf(colour))},${seen}`));
  });
});

describe('no conversion for', () => {
  it.each<[string, Colour]>([
    ['BT.709', sdr],
    ['full range', { ...sdr, fullRange: true }],
    ['RGB', { ...sdr, matrix: 'gbr', fullRange: true }],
    ['sRGB', { ...sdr, transfer: 'iec61966-2-1' }],
    ['primaries and curves of SD', { ...sdr, primaries: 'smpte170m', transfer: 'smpte170m' }],
  ])('%s', (_name, colour) => {
    expect(filtersFor(colour)).not.toContain('zscale');
  });

  it('HDR in an HDR rung', () => {
    expect(filtersFor(pq, 'PQ')).not.toContain('zscale');
  });
});

// Tags that contradict each other, or that no filter knows, may give slightly wrong colours, but never a
// failure.
it.each([
  ...['bt709', 'smpte170m', 'bt470bg', 'smpte240m', 'fcc', 'ycgco', 'bt2020nc', 'bt2020c', 'smpte2085'],
  ...['chroma-derived-nc', 'chroma-derived-c', 'ictcp', 'a matrix of tomorrow'],
])('reads matrix %s beside any other tag', async (matrix) => {
  const transfers = ['bt709', 'linear', 'log316', 'iec61966-2-1', 'smpte428', 'smpte2084', 'arib-std-b67'];
  const primaries = ['bt709', 'bt470m', 'film', 'bt2020', 'smpte428', 'smpte431', 'smpte432', 'ebu3213'];
  const graphs = transfers.flatMap((transfer) =>
    primaries.flatMap((name) => {
      const colour = { primaries: name, transfer, matrix, fullRange: false };
      return [...new Set<VideoRange>(['SDR', rangeOf(colour)])].map((range) => filtersFor(colour, range));
    }),
  );
  const names = graphs.map((_, index) => `[i${index}]`);
  const { output } = await captureFfmpeg('ffmpeg', [
    ...['-f', 'lavfi', '-i', 'color=c=0xC83C28:s=64x64:d=0.04,format=yuv444p10le', '-filter_complex'],
    [
      `split=${graphs.length}${names.join('')}`,
      ...graphs.map((graph, index) => `[i${index}]${graph},format=yuv420p[o${index}]`),
      `${graphs.map((_, index) => `[o${index}]`).join('')}hstack=${graphs.length}`,
    ].join(';'),
    ...['-frames:v', '1', '-f', 'rawvideo', '-'],
  ]);
  expect(output).toHaveLength(graphs.length * 32 * 32 * 1.5);
});
