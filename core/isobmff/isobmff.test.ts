import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { BufferSource, Input, MP4 } from 'mediabunny';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Fragment, FragmentSplitter, type InitSegment } from '#core/isobmff/fragment-splitter.js';
import { readDac3 } from '#core/isobmff/read-audio-config.js';
import { IsobmffError, readBoxes } from '#core/isobmff/read-boxes.js';
import { readInit, readTracks } from '#core/isobmff/read-init.js';
import { readMovieFragment, readTrackFragments } from '#core/isobmff/read-movie-fragment.js';
import { startsWithIdr } from '#core/isobmff/starts-with-idr.js';
import { withEditList } from '#core/isobmff/with-edit-list.js';
import { makeTinyMp4, type TinyMp4Kind, tinyMp4Kinds } from '#fixtures/tiny-mp4.js';

const media = new Map<TinyMp4Kind, Buffer>();
beforeAll(async () => {
  for (const kind of Object.keys(tinyMp4Kinds) as TinyMp4Kind[]) media.set(kind, await makeTinyMp4(kind));
});

const bytesOf = (kind: TinyMp4Kind): Buffer => media.get(kind) ?? Buffer.alloc(0);

interface Parts {
  init: Buffer;
  fragments: Fragment[];
}

function partsOf(items: readonly (InitSegment | Fragment)[]): Parts {
  const init = items.find((item) => item.kind === 'init');
  return {
    init: init?.bytes ?? Buffer.alloc(0),
    fragments: items.filter((item) => item.kind === 'fragment'),
  };
}

/** Comparing buffers byte by byte with words for each would take minutes. */
const digestOf = ({ init, fragments }: Parts): string =>
  [init, ...fragments.map(({ bytes }) => bytes)]
    .map((bytes) => createHash('sha256').update(bytes).digest('hex'))
    .join();

const split = (kind: TinyMp4Kind): Parts => partsOf(new FragmentSplitter().push(bytesOf(kind)));

describe('readInit', () => {
  it.each([
    { kind: 'h264', codec: /^avc1\.64001e$/, width: 160, height: 96 },
    { kind: 'hevc', codec: /^hvc1\.1\.6\.L\d+\.90$/, width: 160, height: 96 },
    { kind: 'hevc-pq', codec: /^hvc1\.2\.4\.L\d+\.90$/, width: 160, height: 96 },
    { kind: 'av1', codec: /^av01\.0\.\d\dM\.08$/, width: 160, height: 96 },
    { kind: 'aac', codec: /^mp4a\.40\.2$/, width: 0, height: 0 },
  ] as const)('reads $kind', ({ kind, codec, width, height }) => {
    const facts = readInit(split(kind).init);
    expect(facts.codecString).toMatch(codec);
    expect([facts.width, facts.height]).toEqual([width, height]);
    expect(facts.timescale).toBe(kind === 'aac' ? 48_000 : 12_288);
    expect(facts.channels).toBe(kind === 'aac' ? 2 : 0);
  });

  it.each(['h264', 'hevc', 'hevc-pq', 'av1', 'aac'] as const)(
    'agrees with mediabunny on the codec string of %s',
    async (kind) => {
      const input = new Input({ source: new BufferSource(bytesOf(kind)), formats: [MP4] });
      const [track] = await input.getTracks();
      const theirs = await track?.getCodecParameterString();
      // They call HEVC `hev1` whatever the sample entry says, and of AV1 write out the defaults of the long form.
      expect(theirs?.replace('hev1', 'hvc1')).toContain(readInit(split(kind).init).codecString);
    },
  );

  it.each([
    { kind: 'aac-mono', codecString: 'mp4a.40.2', channels: 1 },
    { kind: 'aac-5.1', codecString: 'mp4a.40.2', channels: 6 },
  ] as const)('counts the channels of $kind, whose sample entry says 2', ({ kind, ...wanted }) => {
    expect(readInit(split(kind).init)).toMatchObject(wanted);
  });

  it('counts the channels of AC-3', () => {
    // acmod 7 (3/2) and the low-frequency channel, as ffmpeg writes them.
    expect(readDac3(Buffer.from([0x10, 0x3d, 0xe0]))).toEqual({ codecString: 'ac-3', channels: 6 });
  });

  it('tells interlaced from progressive, and the transfer', () => {
    expect(readInit(split('h264').init).isInterlaced).toBe(false);
    expect(readInit(split('h264-interlaced').init).isInterlaced).toBe(true);
    expect(readInit(split('hevc-pq').init).transfer).toBe(16);
  });

  it('reads every track of a muxed file', () => {
    const tracks = readTracks(split('muxed').init);
    expect(tracks.map(({ kind, trackId }) => [kind, trackId])).toEqual([
      ['video', 1],
      ['audio', 2],
    ]);
  });

  it('reads back the edit list that was put in', () => {
    const { init } = split('h264');
    expect(readInit(withEditList(init, 1024)).editMediaTime).toBe(1024);
    expect(readInit(init).editMediaTime).toBe(0);
  });

  it.each([
    ['nothing', Buffer.alloc(0), /has no moov box/],
    ['a box without content', Buffer.from('\0\0\0\x08moov', 'latin1'), /no moov\/trak/],
    ['a box of an impossible size', Buffer.from('\0\0\0\x03moov', 'latin1'), /says it is 3 bytes long/],
    ['a box that is cut short', Buffer.from('\0\0\x10\0moov', 'latin1'), /reaches past byte 8/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readInit(bytes)).toThrow(message);
  });
});

describe('FragmentSplitter', () => {
  it('finds the same init and fragments however the stream is cut', () => {
    const bytes = bytesOf('h264');
    const whole = split('h264');
    expect(
      whole.fragments.map(({ tfdt, sampleCount, startsWithSync, durationTicks }) => ({
        tfdt,
        sampleCount,
        startsWithSync,
        durationTicks,
      })),
    ).toEqual([
      { tfdt: 0, sampleCount: 48, startsWithSync: true, durationTicks: 24_576 },
      { tfdt: 24_576, sampleCount: 48, startsWithSync: true, durationTicks: 24_576 },
    ]);
    const offsets = fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 40 });
    fc.assert(
      fc.property(offsets, (at) => {
        const splitter = new FragmentSplitter();
        const edges = [0, ...at.sort((a, b) => a - b), bytes.length];
        const items = edges.flatMap((edge, index) =>
          splitter.push(bytes.subarray(edges[index - 1] ?? 0, edge)),
        );
        splitter.finish();
        expect(digestOf(partsOf(items))).toBe(digestOf(whole));
      }),
      { numRuns: 60 },
    );
  });

  it('takes one byte at a time', () => {
    const splitter = new FragmentSplitter();
    const bytes = bytesOf('aac');
    const items = Array.from({ length: bytes.length }, (_, at) =>
      splitter.push(bytes.subarray(at, at + 1)),
    ).flat();
    expect(digestOf(partsOf(items))).toBe(digestOf(split('aac')));
  });

  it('gives every byte of each moof and mdat, in order', () => {
    const bytes = bytesOf('h264');
    const wanted = [...readBoxes(bytes)].filter(({ type }) => type === 'moof' || type === 'mdat');
    const pieces = wanted.map(({ offset, end }) => bytes.subarray(offset, end));
    const { fragments } = split('h264');
    expect(Buffer.concat(fragments.map((fragment) => fragment.bytes)).equals(Buffer.concat(pieces))).toBe(
      true,
    );
  });

  it('says that a stream ends inside a box', () => {
    const splitter = new FragmentSplitter();
    splitter.push(bytesOf('h264').subarray(0, 5000));
    expect(() => splitter.finish()).toThrow(/ends inside a box/);
  });

  it('says that a stream ends before an mdat', () => {
    const bytes = bytesOf('h264');
    const moof = [...readBoxes(bytes)].find(({ type }) => type === 'moof');
    const splitter = new FragmentSplitter();
    splitter.push(bytes.subarray(0, moof?.end));
    expect(() => splitter.finish()).toThrow(/between a moof box and its mdat/);
  });

  it('refuses a box that claims gigabytes, before it collects them', () => {
    const header = Buffer.alloc(16);
    header.writeUInt32BE(0x7fffffff, 0);
    header.write('mdat', 4, 'latin1');
    expect(() => new FragmentSplitter().push(header)).toThrow(/says it is 2147483647 bytes long/);
  });

  it('refuses a fragment that claims a billion samples of no size', () => {
    const { fragments } = split('h264');
    const bytes = Buffer.from(fragments[0]?.bytes ?? []);
    const trun = bytes.indexOf('trun') + 4;
    // No field of its own for any sample, so that nothing in the box bounds the count.
    bytes.writeUInt32BE(0, trun);
    bytes.writeUInt32BE(0x3fffffff, trun + 4);
    expect(() => readMovieFragment(bytes, 0)).toThrow(/says it has 1073741823 samples/);
  });

  it('refuses tracks that together claim more samples than memory should hold', () => {
    const box = (type: string, ...content: Buffer[]): Buffer => {
      const bytes = Buffer.concat([Buffer.alloc(8), ...content]);
      bytes.writeUInt32BE(bytes.length, 0);
      bytes.write(type, 4, 'latin1');
      return bytes;
    };
    const words = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer).swap32();
    const track = box('traf', box('tfhd', words(0, 1)), box('trun', words(0, 600)));
    const moof = box('moof', track, track, track);
    expect(readTrackFragments(moof, 0, new Map(), 1_802)).toHaveLength(3);
    expect(() => readTrackFragments(moof, 0, new Map(), 1_801)).toThrow(
      'a fragment says it has 600 samples, at most 599 more are read',
    );
    expect(() => readTrackFragments(moof, 0, new Map(), 1_202)).toThrow(
      'a fragment has more samples and tracks than 1202',
    );
  });

  it('throws nothing but IsobmffError on damaged bytes', () => {
    const bytes = bytesOf('muxed');
    const damage = fc.array(fc.record({ at: fc.nat({ max: 3_000 }), byte: fc.nat({ max: 255 }) }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(damage, (hits) => {
        const damaged = Buffer.from(bytes);
        for (const { at, byte } of hits) damaged[at] = byte;
        try {
          for (const item of new FragmentSplitter().push(damaged)) {
            if (item.kind === 'init') readTracks(item.bytes);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(IsobmffError);
        }
      }),
      { numRuns: 1_500 },
    );
  });
});

describe('startsWithIdr', () => {
  function samplesOf(kind: TinyMp4Kind): (boolean | undefined)[] {
    const { init, fragments } = split(kind);
    const facts = readInit(init);
    return fragments.flatMap(({ bytes, samples, dataOffset }) => {
      let offset = dataOffset;
      return samples.map((sample) => {
        offset += sample.bytes;
        return startsWithIdr(bytes.subarray(offset - sample.bytes, offset), facts);
      });
    });
  }

  it.each(['h264', 'hevc', 'av1'] as const)('finds one every 48 frames of %s, and no other', (kind) => {
    const found = samplesOf(kind).flatMap((isIdr, index) => (isIdr ? [index] : []));
    expect(found).toEqual([0, 48]);
  });

  it('does not take the recovery points of an open GOP for IDRs', () => {
    expect(samplesOf('h264-open-gop').filter(Boolean)).toHaveLength(1);
  });

  it('does not know of sound', () => {
    expect(samplesOf('aac')[0]).toBeUndefined();
  });

  it('ends on any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('avc1', 'hvc1', 'av01'),
        (bytes, sampleEntry) => {
          expect([true, false]).toContain(
            startsWithIdr(Buffer.from(bytes), { sampleEntry, nalLengthBytes: 4 }),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});
