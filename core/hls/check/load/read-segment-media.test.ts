import { expect, it } from 'vitest';
import { findIframeDefect, readSegmentMedia } from '#core/hls/check/load/read-segment-media.js';
import type { TrackFacts } from '#core/isobmff/read-init.js';
import { writeBox, writeWords } from '#core/isobmff/write-box.js';

const track: TrackFacts = {
  trackId: 1,
  kind: 'audio',
  timescale: 48_000,
  editMediaTime: 0,
  defaults: { duration: 1_024, bytes: 0, flags: 0 },
  sampleEntry: 'mp4a',
  codecString: 'mp4a.40.2',
  width: 0,
  height: 0,
  displayWidth: 0,
  channels: 2,
  nalLengthBytes: undefined,
  isInterlaced: undefined,
  transfer: undefined,
};

const trafOf = (samples: number): Buffer =>
  writeBox('traf', writeBox('tfhd', writeWords(0, 1)), writeBox('trun', writeWords(0, samples)));

const hostile: { name: string; bytes: Buffer; says: RegExp }[] = [
  {
    name: 'a hundred tracks of a million samples in one moof',
    bytes: writeBox('moof', ...Array.from({ length: 100 }, () => trafOf(2 ** 20))),
    says: /declares 1048576 samples, at most 4008 more are read/,
  },
  {
    name: 'a hundred fragments that each declare a sample for every byte of one of them',
    bytes: Buffer.concat(Array.from({ length: 100 }, () => writeBox('moof', trafOf(48)))),
    says: /declares 48 samples, at most 47 more are read/,
  },
  {
    name: 'more samples than the segment has bytes',
    bytes: writeBox('moof', trafOf(1_000)),
    says: /declares 1000 samples, at most 48 more are read/,
  },
];

it.each(hostile)('refuses $name', ({ bytes, says }) => {
  expect(() => readSegmentMedia(bytes, [track], 0)).toThrow(says);
});

it('describes an I-frame that declares a million samples as defective', () => {
  const bytes = writeBox('moof', trafOf(2 ** 20));
  expect(findIframeDefect(bytes, [track])).toMatch(/declares 1048576 samples, at most 48 more are read/);
});

it('reads as many samples as the segment has bytes for', () => {
  const bytes = Buffer.concat([writeBox('moof', trafOf(100)), writeBox('mdat', Buffer.alloc(200))]);
  expect(readSegmentMedia(bytes, [track], 0)).toMatchObject({
    frames: 100,
    maxGopSeconds: 0.021_333_333_333_333_333,
  });
});
