import { describe, expect, it } from 'vitest';
import { checkUrl } from '#core/hls/check/check-url.js';
import { type ForeignKind, makeForeignHls } from '#fixtures/hls/foreign-hls.js';
import { useHlsServers } from '#fixtures/hls/hls-server.js';

const serve = useHlsServers();

describe('checkUrl on presentations of other programs', () => {
  const foreign: { kind: ForeignKind; notes: RegExp; mustNotFind: RegExp }[] = [
    { kind: 'transport streams, muxed', notes: /is a media playlist/, mustNotFind: /^(1\.[1-5]|7\.[14]|9)/ },
    { kind: 'packed audio', notes: /are packed audio/, mustNotFind: /^(1\.[1-4]|7\.[14]|9)/ },
    { kind: 'one file, byte ranges', notes: /is a media playlist/, mustNotFind: /^(1\.[1-5]|7\.[145]|9)/ },
    { kind: 'encrypted transport streams', notes: /are encrypted/, mustNotFind: /^(1\.[1-4]|7\.4|9)/ },
    { kind: 'live, without an end', notes: /is live/, mustNotFind: /^(1\.[1-6]|7\.3|9)/ },
  ];

  it.each(foreign)('inspects $kind as far as possible', async ({ kind, notes, mustNotFind }) => {
    const { url } = await serve(await makeForeignHls(kind));
    const report = await checkUrl(`${url}media.m3u8`);
    expect(report.notes.join('\n')).toMatch(notes);
    expect(report.figures.segmentsRead).toBeGreaterThanOrEqual(2);
    expect(report.figures.segmentsRead).toBe(report.figures.segments);
    expect(report.findings.filter(({ rule }) => mustNotFind.test(rule))).toEqual([]);
  });

  const openGop: ForeignKind = 'transport streams, open GOPs, parameter sets in the first alone';
  it('1.1: finds a transport stream that does not start with an IDR picture', async () => {
    const { url } = await serve(await makeForeignHls(openGop));
    const { findings } = await checkUrl(`${url}media.m3u8`);
    const found = findings.filter(({ rule }) => rule === '1.1').map(({ message }) => message);
    expect(found).toEqual(['rendition media: segment 1 does not start with an IDR picture']);
  });

  it('1.3: finds that a transport stream is repeated', async () => {
    const files = await makeForeignHls('transport streams, muxed');
    const { url } = await serve(files.set('media1.ts', files.get('media0.ts') ?? Buffer.alloc(0)));
    const { findings } = await checkUrl(`${url}media.m3u8`);
    const found = findings.filter(({ rule }) => rule === '1.3').map(({ message }) => message);
    expect(found).toEqual(['rendition media: segment 1 overlaps the previous one by 2 s']);
  });

  it('2.2, 2.3, 2.4: finds that transport streams do not match the declared attributes', async () => {
    const files = await makeForeignHls('transport streams, muxed');
    const variant =
      '#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.640028,mp4a.40.5",RESOLUTION=1920x1080,FRAME-RATE=25';
    const { url } = await serve(files.set('x.m3u8', Buffer.from(`#EXTM3U\n${variant}\nmedia.m3u8\n`)));
    const { findings } = await checkUrl(`${url}x.m3u8`);
    const found = findings.filter(({ rule }) => /^2\.[234]$/.test(rule)).map(({ message }) => message);
    expect(found).toEqual([
      expect.stringMatching(/CODECS declares avc1.640028,mp4a.40.2, but the media is avc1.\w{6},mp4a.40.2$/),
      expect.stringMatching(/the media is 160x90$/),
      expect.stringMatching(/the media has 24.000 frames per second$/),
    ]);
  });

  const anamorphic: ForeignKind[] = ['anamorphic transport streams', 'anamorphic fragmented MP4'];
  it.each(
    anamorphic.flatMap((kind) => [
      { kind, resolution: '160x90', count: 0 },
      { kind, resolution: '213x90', count: 0 },
      { kind, resolution: '120x90', count: 1 },
    ]),
  )('accepts the coded or the displayed size as RESOLUTION: $resolution for $kind', async (row) => {
    const files = await makeForeignHls(row.kind);
    const variant = `#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=${row.resolution}`;
    const { url } = await serve(files.set('x.m3u8', Buffer.from(`#EXTM3U\n${variant}\nmedia.m3u8\n`)));
    const { findings } = await checkUrl(`${url}x.m3u8`);
    expect(findings.filter(({ rule }) => rule === '2.3')).toHaveLength(row.count);
  });

  it.each([
    { rate: '24.000', found: [] },
    {
      rate: '7.000',
      found: ['variant media.m3u8: FRAME-RATE declares 7, but the media has 16.000 frames per second'],
    },
  ])(
    'compares FRAME-RATE with the highest rate of variable frame rate media: $rate',
    async ({ rate, found }) => {
      const files = await makeForeignHls('variable frame rate');
      const variant = `#EXT-X-STREAM-INF:BANDWIDTH=1,FRAME-RATE=${rate}`;
      const { url } = await serve(files.set('x.m3u8', Buffer.from(`#EXTM3U\n${variant}\nmedia.m3u8\n`)));
      const { findings } = await checkUrl(`${url}x.m3u8`);
      expect(findings.filter(({ rule }) => rule === '2.4').map(({ message }) => message)).toEqual(found);
    },
  );

  it('notes a transport stream that cannot be parsed', async () => {
    const files = await makeForeignHls('transport streams, muxed');
    const packets = Buffer.alloc(1880);
    for (let at = 0; at < packets.length; at += 188) packets.writeUInt8(0x47, at);
    const { url } = await serve(files.set('media1.ts', packets));
    const { notes } = await checkUrl(`${url}media.m3u8`);
    expect(notes.join('\n')).toMatch(
      /1 of its MPEG transport streams could not be parsed; the first is segment 1: /,
    );
  });

  it('9.2: finds a truncated transport stream, and one with damaged packets', async () => {
    const files = await makeForeignHls('transport streams, muxed');
    const damaged = Buffer.from(files.get('media1.ts') ?? '');
    damaged.fill(0, 188 * 20, 188 * 21);
    files.set('media0.ts', files.get('media0.ts')?.subarray(0, 188 * 100 + 50) ?? damaged);
    const { url } = await serve(files.set('media1.ts', damaged));
    const { findings } = await checkUrl(`${url}media.m3u8`);
    const found = findings.filter(({ rule }) => rule === '9.2').map(({ message }) => message);
    expect(found).toEqual([
      'rendition media: segment 0 is incomplete or invalid: it ends after 50 of the 188 bytes of a packet',
      'rendition media: segment 1 is incomplete or invalid: ' +
        'its packet at byte 3760 does not begin with a sync byte',
    ]);
  });

  it('9.2: finds that a segment is a web page', async () => {
    const files = await makeForeignHls('transport streams, muxed');
    const page = '<!doctype html><title>Log in</title>';
    const { url } = await serve(files.set('media1.ts', Buffer.from(page)));
    const { findings } = await checkUrl(`${url}media.m3u8`);
    const found = findings.filter(({ rule }) => rule === '9.2').map(({ message }) => message);
    expect(found).toEqual([
      'rendition media: segment 1 is incomplete or invalid: ' +
        'it is not fragmented MP4, an MPEG transport stream or packed audio',
    ]);
  });
});
