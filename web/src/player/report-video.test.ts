import { describe, expect, it } from 'vitest';
import { bufferedAheadSeconds } from '#web/player/report-video.js';

const at = (
  currentTime: number,
  ...ranges: [number, number][]
): Parameters<typeof bufferedAheadSeconds>[0] => ({
  currentTime,
  buffered: {
    length: ranges.length,
    start: (index) => ranges[index]?.[0] ?? 0,
    end: (index) => ranges[index]?.[1] ?? 0,
  },
});

describe('bufferedAheadSeconds', () => {
  it.each([
    ['with nothing buffered', at(5), 0],
    ['inside a range', at(5, [0, 12]), 7],
    ['between ranges', at(20, [0, 12], [30, 40]), 0],
    ['in the later of two', at(31, [0, 12], [30, 40]), 9],
    ['from a frame before a range', at(0, [0.04, 6]), 6],
    ['at the very end', at(12, [0, 12]), 0],
  ])('counts the seconds %s', (_, video, seconds) => {
    expect(bufferedAheadSeconds(video)).toBeCloseTo(seconds);
  });
});
