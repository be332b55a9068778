import { expect, it } from 'vitest';
import { unwrapTimestamps } from '#core/hls/check/load/transport-stream-inspector.js';
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
  { name: 'unwraps timestamps that wrap around', starts: [95_440, 2.282_311], steps: [6] },
  {
    name: 'unwraps timestamps of a reader that wraps to negative values',
    starts: [47_720, -47_717.717_688],
    steps: [6],
  },
  { name: 'keeps a step back that is not a wrap-around', starts: [600, 0], steps: [-600] },
  { name: 'continues after the wrap-around', starts: [95_438, 0.282_312, 6.282_312], steps: [6, 6] },
])('$name', ({ starts, steps }) => {
  const found = unwrapTimestamps(starts.map(at)).map(({ startSeconds }) => startSeconds);
  const differences = found.slice(1).map((start, index) => start - (found[index] ?? 0));
  expect(differences.map((step) => Math.round(step * 1000) / 1000)).toEqual(steps);
});
