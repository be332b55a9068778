import { expect, it } from 'vitest';
import { unwrapTimestamps } from '#core/hls/check/load/unwrap-timestamps.js';
import type { SegmentMedia } from '#core/hls/check/presentation/loaded-presentation.js';

const at = (startSeconds: number): SegmentMedia => ({
  segmentIndex: 0,
  startSeconds,
  durationSeconds: 6,
  uncertainSeconds: 0,
  frames: 144,
  maxGopSeconds: 2,
  startsWithSync: true,
  startsWithIdr: true,
});

it.each([
  { name: 'goes on past the end of the clock', starts: [95_440, 2.282_311], steps: [6] },
  {
    name: 'goes on where a reader counts from the middle of the clock',
    starts: [47_720, -47_717.717_688],
    steps: [6],
  },
  { name: 'leaves a step back', starts: [600, 0], steps: [-600] },
  { name: 'goes on after the turn', starts: [95_438, 0.282_312, 6.282_312], steps: [6, 6] },
])('$name', ({ starts, steps }) => {
  const found = unwrapTimestamps(starts.map(at)).map(({ startSeconds }) => startSeconds);
  const differences = found.slice(1).map((start, index) => start - (found[index] ?? 0));
  expect(differences.map((step) => Math.round(step * 1000) / 1000)).toEqual(steps);
});
