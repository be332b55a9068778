import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readInit } from '#core/isobmff/read-init.js';
import { startsWithIdr } from '#core/isobmff/starts-with-idr.js';
import { makeTinyMp4Parts, type TinyMp4Parts } from '#fixtures/tiny-mp4.js';

const kinds = ['h264', 'h264-open-gop', 'hevc', 'av1', 'aac'] as const;
let partsOf: (kind: (typeof kinds)[number]) => TinyMp4Parts;
beforeAll(async () => {
  partsOf = await makeTinyMp4Parts(kinds);
});

describe('startsWithIdr', () => {
  function samplesOf(kind: (typeof kinds)[number]): (boolean | undefined)[] {
    const { init, fragments } = partsOf(kind);
    const facts = readInit(init);
    return fragments.flatMap(({ bytes, samples, dataOffset }) => {
      let offset = dataOffset;
      return samples.map((sample) => {
        offset += sample.bytes;
        return startsWithIdr(bytes.subarray(offset - sample.bytes, offset), facts);
      });
    });
  }

  it.each(['h264', 'hevc', 'av1'] as const)('finds one every 48 frames of %s, and no others', (kind) => {
    const found = samplesOf(kind).flatMap((isIdr, index) => (isIdr ? [index] : []));
    expect(found).toEqual([0, 48]);
  });

  it('does not count recovery points of open GOPs', () => {
    expect(samplesOf('h264-open-gop').filter(Boolean)).toHaveLength(1);
  });

  it('returns undefined for audio', () => {
    expect(samplesOf('aac')[0]).toBeUndefined();
  });

  it('terminates on any bytes', () => {
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
