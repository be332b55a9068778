import { BufferSource, Input, MP4 } from 'mediabunny';
import { beforeAll, describe, expect, it } from 'vitest';
import { withEditList } from '#core/isobmff/extend-init.js';
import { readDac3 } from '#core/isobmff/read-audio-config.js';
import { readInit, readTracks } from '#core/isobmff/read-init.js';
import { makeTinyMp4Parts, type TinyMp4Parts } from '#fixtures/tiny-mp4.js';

const kinds = [
  'h264',
  'h264-interlaced',
  'hevc',
  'hevc-pq',
  'av1',
  'aac',
  'aac-mono',
  'aac-5.1',
  'muxed',
] as const;
let partsOf: (kind: (typeof kinds)[number]) => TinyMp4Parts;
beforeAll(async () => {
  partsOf = await makeTinyMp4Parts(kinds);
});

describe('readInit', () => {
  it.each([
    { kind: 'h264', codec: /^avc1\.64001e$/, width: 160, height: 96 },
    { kind: 'hevc', codec: /^hvc1\.1\.6\.L\d+\.90$/, width: 160, height: 96 },
    { kind: 'hevc-pq', codec: /^hvc1\.2\.4\.L\d+\.90$/, width: 160, height: 96 },
    { kind: 'av1', codec: /^av01\.0\.\d\dM\.08$/, width: 160, height: 96 },
    { kind: 'aac', codec: /^mp4a\.40\.2$/, width: 0, height: 0 },
  ] as const)('reads $kind', ({ kind, codec, width, height }) => {
    const facts = readInit(partsOf(kind).init);
    expect(facts.codecString).toMatch(codec);
    expect([facts.width, facts.height]).toEqual([width, height]);
    expect(facts.timescale).toBe(kind === 'aac' ? 48_000 : 12_288);
    expect(facts.channels).toBe(kind === 'aac' ? 2 : 0);
  });

  it.each(['h264', 'hevc', 'hevc-pq', 'av1', 'aac'] as const)(
    'agrees with mediabunny on the codec string of %s',
    async (kind) => {
      const input = new Input({ source: new BufferSource(partsOf(kind).bytes), formats: [MP4] });
      const [track] = await input.getTracks();
      const theirs = await track?.getCodecParameterString();
      // Mediabunny reports HEVC as `hev1` whatever the sample entry is, and always uses the long form for
      // AV1.
      expect(theirs?.replace('hev1', 'hvc1')).toContain(readInit(partsOf(kind).init).codecString);
    },
  );

  it.each([
    { kind: 'aac-mono', codecString: 'mp4a.40.2', channels: 1 },
    { kind: 'aac-5.1', codecString: 'mp4a.40.2', channels: 6 },
  ] as const)('counts the channels of $kind, whose sample entry declares 2', ({ kind, ...wanted }) => {
    expect(readInit(partsOf(kind).init)).toMatchObject(wanted);
  });

  it('counts the channels of AC-3', () => {
    // acmod 7 (3/2) and the low-frequency channel, as ffmpeg writes them.
    expect(readDac3(Buffer.from([0x10, 0x3d, 0xe0]))).toEqual({ codecString: 'ac-3', channels: 6 });
  });

  it('reads whether video is interlaced, and its transfer characteristics', () => {
    expect(readInit(partsOf('h264').init).isInterlaced).toBe(false);
    expect(readInit(partsOf('h264-interlaced').init).isInterlaced).toBe(true);
    expect(readInit(partsOf('hevc-pq').init).transfer).toBe(16);
  });

  it('reads every track of a muxed file', () => {
    const tracks = readTracks(partsOf('muxed').init);
    expect(tracks.map(({ kind, trackId }) => [kind, trackId])).toEqual([
      ['video', 1],
      ['audio', 2],
    ]);
  });

  it('reads back an edit list that withEditList added', () => {
    const { init } = partsOf('h264');
    expect(readInit(withEditList(init, 1024)).editMediaTime).toBe(1024);
    expect(readInit(init).editMediaTime).toBe(0);
  });

  it.each([
    ['no bytes', Buffer.alloc(0), /has no moov box/],
    ['a box without content', Buffer.from('\0\0\0\x08moov', 'latin1'), /no moov\/trak/],
    ['a box of an impossible size', Buffer.from('\0\0\0\x03moov', 'latin1'), /declares a size of 3 bytes/],
    ['a truncated box', Buffer.from('\0\0\x10\0moov', 'latin1'), /extends past byte 8/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readInit(bytes)).toThrow(message);
  });
});
