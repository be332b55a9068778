import { describe, expect, it } from 'vitest';
import { type CheckReport, checkPublication } from '#core/hls/check/check-publication.js';
import { checkUrl } from '#core/hls/check/check-url.js';
import { type LoadOptions, loadPresentation } from '#core/hls/check/load/load-presentation.js';
import { useHlsServers } from '#fixtures/hls/hls-server.js';

const root = 'http://example.com/';
const head = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n';
const mediaOf = (segments: string): string => `${head}${segments}#EXT-X-ENDLIST\n`;
const multivariantOf = (lines: readonly string[]): string => `#EXTM3U\n${lines.join('\n')}\n`;

/** Checks `x.m3u8`, given texts by path; every other path responds with 404. */
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
  return checkPublication(load);
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
    'variant v.m3u8: BANDWIDTH declares 1, measured 2668 bits per second (266700 %)',
  );
});

it('reads a limited number of segments per playlist', async () => {
  const report = await check({ 'x.m3u8': mediaOf('x\n'.repeat(1_000_000)) });
  expect(report.findings.map(({ message }) => message)).toEqual([
    'the playlist was not checked: it has 1000000 segments, over the limit of 100000',
  ]);
});

it('reads a limited number of segments in all playlists together', async () => {
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
  expect(report.notes).toContain('further playlists were not requested: those before them exceed the limits');
  expect(messagesOf(report, '7.6')[0]).toBe(
    'rendition v10.m3u8: its playlist was not checked: ' +
      'the playlists up to it have 1089 segments, over the limit of 1000',
  );
});

it('limits the memory that short URIs take when made absolute', async () => {
  const folder = 'f'.repeat(8_000);
  const report = await check({
    'x.m3u8': multivariantOf([`#EXT-X-STREAM-INF:BANDWIDTH=1\n${folder}/v.m3u8`]),
    [`${folder}/v.m3u8`]: mediaOf('#EXTINF:6,\nx\n'.repeat(50_000)),
  });
  expect(messagesOf(report, '7.6').join()).toMatch(
    /the addresses up to segment \d+ have 335\d{5} characters, over the limit of 33554432/,
  );
});

it('truncates long names in findings', async () => {
  const name = 'n'.repeat(2_000_000);
  const report = await check({
    'x.m3u8': multivariantOf([`#EXT-X-STREAM-INF:BANDWIDTH=1,STABLE-VARIANT-ID="${name}"\nv.m3u8`]),
    'v.m3u8': mediaOf('#EXTINF:9,\nx\n'.repeat(300)),
  });
  const [first] = messagesOf(report, '1.5');
  expect(first).toBe(`rendition ${'n'.repeat(100)}…: segment 0 lasts 9 s, over the target duration 6 s`);
});

it('reports variants and renditions over the limits', async () => {
  const entries = Array.from({ length: 600 }, (_, index) => `#EXT-X-STREAM-INF:BANDWIDTH=1\n${index}.m3u8`);
  const report = await check({ 'x.m3u8': multivariantOf(entries) });
  expect(messagesOf(report, '7.6')).toEqual([
    'it has 600 variants, over the limit of 500',
    'it has 500 renditions, over the limit of 200',
  ]);
});

it('accepts a variant with very many codecs', async () => {
  const codecs = 'avc1.640034,'.repeat(200_000);
  const report = await check({
    'x.m3u8': multivariantOf([`#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=2x2,CODECS="${codecs}"\nv.m3u8`]),
  });
  expect(messagesOf(report, '3.2')).toEqual([
    'every H.264 variant exceeds level 4.1; the lowest level is 5.2',
  ]);
});

describe('over HTTP', () => {
  const serve = useHlsServers();

  it.each([
    { name: 'a web page', text: '<!doctype html><title>Not found</title>', rule: '7.1' },
    { name: 'an empty file', text: '', rule: '7.1' },
    {
      name: 'a playlist without segments',
      text: '#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-ENDLIST\n',
      rule: '7.3',
    },
    {
      name: 'a segment with the address of a local file',
      text: playlistOf('file:///etc/passwd'),
      rule: '9.1',
    },
    { name: 'a segment whose address is not a URI', text: playlistOf('http://[/x'), rule: '9.1' },
    {
      name: 'a playlist that references itself',
      text: '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nx.m3u8\n',
      rule: '7.1',
    },
  ])('$rule: reports $name without throwing', async ({ text, rule }) => {
    const { url } = await serve(new Map([['x.m3u8', Buffer.from(text)]]));
    const { findings } = await checkUrl(`${url}x.m3u8`);
    expect(findings.map((finding) => finding.rule)).toContain(rule);
  });

  it('checks a limited number of variants', async () => {
    const variants = Array.from(
      { length: 20_000 },
      (_, index) =>
        `#EXT-X-STREAM-INF:BANDWIDTH=${index},AUDIO="a"\nx.m3u8\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a"\n`,
    );
    const { url } = await serve(new Map([['x.m3u8', Buffer.from(`#EXTM3U\n${variants.join('')}`)]]));
    const { notes } = await checkUrl(`${url}x.m3u8`);
    expect(notes).toContain('variants: 500 of 20000 were checked');
    expect(notes).toContain('alternative renditions: 500 of 20000 were checked');
  });

  it('reports a limited number of violations per rule', async () => {
    const segments = '#EXTINF:9,\nx.m4s\n'.repeat(1_000);
    const text = `#EXTM3U\n#EXT-X-TARGETDURATION:6\n${segments}#EXT-X-ENDLIST\n`;
    const { url } = await serve(new Map([['x.m3u8', Buffer.from(text)]]));
    const { findings } = await checkUrl(`${url}x.m3u8`);
    const tooLong = findings.filter(({ rule }) => rule === '1.5').map(({ message }) => message);
    expect(tooLong).toHaveLength(101);
    expect(tooLong.at(-1)).toBe('rule 1.5 is broken 900 more times');
  });
});

function playlistOf(uri: string): string {
  return `#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:6,\n${uri}\n#EXT-X-ENDLIST\n`;
}
