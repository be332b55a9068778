import { expect, it } from 'vitest';
import { findIframeDefect, readSegmentMedia } from '#core/hls/check/load/read-segment-media.js';
import type { TrackFacts } from '#core/isobmff/read-init.js';

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

const words = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer).swap32();

function box(type: string, ...content: Buffer[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(8), ...content]);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.write(type, 4, 'latin1');
  return bytes;
}

const trafOf = (samples: number): Buffer =>
  box('traf', box('tfhd', words(0, 1)), box('trun', words(0, samples)));

const hostile: { name: string; bytes: Buffer; says: RegExp }[] = [
  {
    name: 'a hundred tracks of a million samples in one moof',
    bytes: box('moof', ...Array.from({ length: 100 }, () => trafOf(2 ** 20))),
    says: /declares 1048576 samples, at most 4008 more are read/,
  },
  {
    name: 'a hundred fragments that each claim a sample for each byte that one of them has',
    bytes: Buffer.concat(Array.from({ length: 100 }, () => box('moof', trafOf(48)))),
    says: /declares 48 samples, at most 47 more are read/,
  },
  {
    name: 'samples in a segment too small to hold them',
    bytes: box('moof', trafOf(1_000)),
    says: /declares 1000 samples, at most 48 more are read/,
  },
];

it.each(hostile)('refuses $name', ({ bytes, says }) => {
  expect(() => readSegmentMedia(bytes, [track], 0)).toThrow(says);
});

it('tells what is wrong with an I-frame that claims a million samples', () => {
  const bytes = box('moof', trafOf(2 ** 20));
  expect(findIframeDefect(bytes, [track])).toMatch(/declares 1048576 samples, at most 48 more are read/);
});

it('reads as many samples as there are bytes for', () => {
  const bytes = Buffer.concat([box('moof', trafOf(100)), box('mdat', Buffer.alloc(200))]);
  expect(readSegmentMedia(bytes, [track], 0)).toMatchObject({
    frames: 100,
    maxGopSeconds: 0.021_333_333_333_333_333,
  });
});
