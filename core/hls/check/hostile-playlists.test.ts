import { expect, it } from 'vitest';
import { type CheckReport, reportOf } from '#core/hls/check/check-url.js';
import { type LoadOptions, loadPresentation } from '#core/hls/check/load/load-presentation.js';

const root = 'http://example.com/';
const head = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n';
const mediaOf = (segments: string): string => `${head}${segments}#EXT-X-ENDLIST\n`;
const multivariantOf = (lines: readonly string[]): string => `#EXTM3U\n${lines.join('\n')}\n`;

/** Checks `x.m3u8` among texts by path; whatever else is asked for is not there. */
async function check(
  texts: Record<string, string>,
  options: Partial<LoadOptions> = {},
): Promise<CheckReport> {
  const load = await loadPresentation(
    {
      sizeOf: () => undefined,
      read: async (uri) => {
        const text = texts[uri.slice(root.length)];
        const status = text === undefined ? 404 : 200;
        return { status, bytes: Buffer.from(text ?? ''), error: undefined, transport: undefined };
      },
    },
    `${root}x.m3u8`,
    { maxSegmentsPerRendition: 2, ...options },
  );
  return reportOf(load);
}

const messagesOf = ({ findings }: CheckReport, wanted: string): string[] =>
  findings.filter(({ rule }) => rule === wanted).map(({ message }) => message);

it('measures each rendition once, however many variants play with it', async () => {
  const entries = Array.from({ length: 500 }, (_, index) => [
    `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="${index}",URI="a.m3u8"`,
    `#EXT-X-STREAM-INF:BANDWIDTH=${index + 1},AUDIO="a"\nv.m3u8`,
  ]);
  const media = mediaOf('#EXTINF:6,\n#EXT-X-BYTERANGE:1000@0\ns.m4s\n'.repeat(2_000));
  const report = await check({
    'x.m3u8': multivariantOf(entries.flat()),
    'a.m3u8': media,
    'v.m3u8': media,
  });
  expect(messagesOf(report, '2.6')).toContain(
    'variant v.m3u8: BANDWIDTH says 1, measured 2668 bits a second (266700 %)',
  );
});

it('reads a bounded number of segments of one playlist', async () => {
  const report = await check({ 'x.m3u8': mediaOf('x\n'.repeat(1_000_000)) });
  expect(report.findings.map(({ message }) => message)).toEqual([
    'the playlist was not looked into: it has 1000000 segments, over the limit of 100000',
  ]);
});

it('reads a bounded number of segments of all playlists', async () => {
  const paths = Array.from({ length: 15 }, (_, index) => `v${index}.m3u8`);
  const media = mediaOf('#EXTINF:6,\nx\n'.repeat(99));
  const report = await check(
    {
      'x.m3u8': multivariantOf(paths.map((path) => `#EXT-X-STREAM-INF:BANDWIDTH=1\n${path}`)),
      ...Object.fromEntries(paths.map((path) => [path, media])),
    },
    { maxSegmentsInAll: 1_000 },
  );
  expect(report.figures.renditions).toBe(10);
  expect(report.notes).toContain(
    'further playlists were not asked for: those before have more segments than are read',
  );
  expect(messagesOf(report, '7.6')[0]).toBe(
    'rendition v10.m3u8: its playlist was not looked into: all playlists up to it have 1089 segments, over 1000',
  );
});

it('does not make short URIs into a memory of long ones', async () => {
  const folder = 'f'.repeat(8_000);
  const report = await check({
    'x.m3u8': multivariantOf([`#EXT-X-STREAM-INF:BANDWIDTH=1\n${folder}/v.m3u8`]),
    [`${folder}/v.m3u8`]: mediaOf('#EXTINF:6,\nx\n'.repeat(50_000)),
  });
  expect(messagesOf(report, '7.6').join()).toMatch(
    /the addresses up to segment \d+ have 335\d{5} characters, over the limit of 33554432/,
  );
});

it('cuts names that would be in every finding', async () => {
  const name = 'n'.repeat(2_000_000);
  const report = await check({
    'x.m3u8': multivariantOf([`#EXT-X-STREAM-INF:BANDWIDTH=1,STABLE-VARIANT-ID="${name}"\nv.m3u8`]),
    'v.m3u8': mediaOf('#EXTINF:9,\nx\n'.repeat(300)),
  });
  const [first] = messagesOf(report, '1.5');
  expect(first).toBe(`rendition ${'n'.repeat(100)}…: segment 0 lasts 9 s, over the target duration 6`);
});

it('tells what there is too much of', async () => {
  const entries = Array.from({ length: 600 }, (_, index) => `#EXT-X-STREAM-INF:BANDWIDTH=1\n${index}.m3u8`);
  const report = await check({ 'x.m3u8': multivariantOf(entries) });
  expect(messagesOf(report, '7.6')).toEqual([
    'it has 600 variants, over 500',
    'it names 500 renditions, over 200',
  ]);
});

it('reads a variant of very many codecs', async () => {
  const codecs = 'avc1.640034,'.repeat(200_000);
  const report = await check({
    'x.m3u8': multivariantOf([`#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=2x2,CODECS="${codecs}"\nv.m3u8`]),
  });
  expect(messagesOf(report, '3.2')).toEqual(['no H.264 variant is at level 4.1 or below: the lowest is 5.2']);
});
