import { beforeAll, describe, expect, it } from 'vitest';
import { readMovieFragment, readTrackFragments } from '#core/isobmff/read-movie-fragment.js';
import { writeBox, writeWords } from '#core/isobmff/write-box.js';
import { makeTinyMp4Parts, type TinyMp4Parts } from '#fixtures/tiny-mp4.js';

const kinds = ['h264'] as const;
let partsOf: (kind: (typeof kinds)[number]) => TinyMp4Parts;
beforeAll(async () => {
  partsOf = await makeTinyMp4Parts(kinds);
});

describe('readMovieFragment', () => {
  it('refuses a fragment that declares a billion samples without sizes', () => {
    const { fragments } = partsOf('h264');
    const bytes = Buffer.from(fragments[0]?.bytes ?? []);
    const trun = bytes.indexOf('trun') + 4;
    // No fields per sample, so the size of the box does not bound the count.
    bytes.writeUInt32BE(0, trun);
    bytes.writeUInt32BE(0x3fffffff, trun + 4);
    expect(() => readMovieFragment(bytes, 0)).toThrow(/declares 1073741823 samples/);
  });

  it('refuses tracks that together declare more samples than the limit', () => {
    const track = writeBox('traf', writeBox('tfhd', writeWords(0, 1)), writeBox('trun', writeWords(0, 600)));
    const moof = writeBox('moof', track, track, track);
    expect(readTrackFragments(moof, 0, new Map(), 1_802)).toHaveLength(3);
    expect(() => readTrackFragments(moof, 0, new Map(), 1_801)).toThrow(
      'a fragment declares 600 samples, at most 599 more are read',
    );
    expect(() => readTrackFragments(moof, 0, new Map(), 1_202)).toThrow(
      'a fragment has more than 1202 samples and tracks',
    );
  });
});
