import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Fragment, FragmentSplitter, type InitSegment } from '#core/isobmff/fragment-splitter.js';
import { IsobmffError, readBoxes } from '#core/isobmff/read-boxes.js';
import { readTracks } from '#core/isobmff/read-init.js';
import { makeTinyMp4Parts, type TinyMp4Parts } from '#fixtures/tiny-mp4.js';

const kinds = ['h264', 'aac', 'muxed'] as const;
let partsOf: (kind: (typeof kinds)[number]) => TinyMp4Parts;
beforeAll(async () => {
  partsOf = await makeTinyMp4Parts(kinds);
});

/**
 * Digest of the init segment and the fragments, because comparing large buffers with `toEqual` takes minutes.
 */
function digestOf({ init, fragments }: Omit<TinyMp4Parts, 'bytes'>): string {
  return [init, ...fragments.map(({ bytes }) => bytes)]
    .map((bytes) => createHash('sha256').update(bytes).digest('hex'))
    .join();
}

function collect(items: readonly (InitSegment | Fragment)[]): Omit<TinyMp4Parts, 'bytes'> {
  const init = items.find((item) => item.kind === 'init');
  return {
    init: init?.bytes ?? Buffer.alloc(0),
    fragments: items.filter((item) => item.kind === 'fragment'),
  };
}

describe('FragmentSplitter', () => {
  it('finds the same init and fragments whatever the chunk sizes', () => {
    const bytes = partsOf('h264').bytes;
    const whole = partsOf('h264');
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
        expect(digestOf(collect(items))).toBe(digestOf(whole));
      }),
      { numRuns: 60 },
    );
  });

  it('accepts one byte at a time', () => {
    const splitter = new FragmentSplitter();
    const bytes = partsOf('aac').bytes;
    const items = Array.from({ length: bytes.length }, (_, at) =>
      splitter.push(bytes.subarray(at, at + 1)),
    ).flat();
    expect(digestOf(collect(items))).toBe(digestOf(partsOf('aac')));
  });

  it('returns every byte of each moof and mdat, in order', () => {
    const bytes = partsOf('h264').bytes;
    const wanted = [...readBoxes(bytes)].filter(({ type }) => type === 'moof' || type === 'mdat');
    const pieces = wanted.map(({ offset, end }) => bytes.subarray(offset, end));
    const { fragments } = partsOf('h264');
    expect(Buffer.concat(fragments.map((fragment) => fragment.bytes)).equals(Buffer.concat(pieces))).toBe(
      true,
    );
  });

  it('throws if the stream ends inside a box', () => {
    const splitter = new FragmentSplitter();
    splitter.push(partsOf('h264').bytes.subarray(0, 5000));
    expect(() => splitter.finish()).toThrow(/ends inside a box/);
  });

  it('throws if the stream ends before an mdat', () => {
    const bytes = partsOf('h264').bytes;
    const moof = [...readBoxes(bytes)].find(({ type }) => type === 'moof');
    const splitter = new FragmentSplitter();
    splitter.push(bytes.subarray(0, moof?.end));
    expect(() => splitter.finish()).toThrow(/between a moof box and its mdat/);
  });

  it('refuses a box that declares gigabytes, before buffering them', () => {
    const header = Buffer.alloc(16);
    header.writeUInt32BE(0x7fffffff, 0);
    header.write('mdat', 4, 'latin1');
    expect(() => new FragmentSplitter().push(header)).toThrow(/declares a size of 2147483647 bytes/);
  });

  it('throws nothing but IsobmffError on damaged bytes', () => {
    const bytes = partsOf('muxed').bytes;
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
