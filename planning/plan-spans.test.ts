import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planSpans } from '#planning/plan-spans.js';

const segmentFrames = 144;
const rung = (codec: 'h264' | 'hevc', width: number, height: number) => ({
  codec,
  width,
  height,
  frameStep: 1 as const,
});
/** About one second of work per segment. */
const small = [rung('h264', 640, 360)];
const full = [...small, rung('h264', 1280, 720), rung('h264', 1920, 1080), rung('h264', 1920, 1080)];
const lengths = (segmentCount: number, rungs = small): number[] =>
  planSpans({ segmentCount, segmentFrames, frameCount: segmentCount * segmentFrames }, rungs).map(
    (span) => span.segmentCount,
  );

it.each([
  ['one segment', 1, [1]],
  ['a clip of one minute is not split', 10, [10]],
  ['two minutes: spans get shorter towards the end', 20, [1, 7, 4, 3, 2, 1, 1, 1]],
])('%s', (_name, segmentCount, expected) => {
  expect(lengths(segmentCount)).toEqual(expected);
});

it.each([
  ['12 s at 1080 lines: less work than one span', 2, [2]],
  ['24 s at 1080 lines', 4, [1, 1, 1, 1]],
])('%s', (_name, segmentCount, expected) => {
  expect(lengths(segmentCount, full)).toEqual(expected);
});

it('partitions the segments into spans of at most ten', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7_200 }), (segmentCount) => {
      const spans = planSpans(
        { segmentCount, segmentFrames, frameCount: segmentCount * segmentFrames },
        small,
      );
      const starts = spans.map(({ firstSegment }) => firstSegment);
      const ends = spans.map((span) => span.firstSegment + span.segmentCount);
      expect(spans.map(({ spanIndex }) => spanIndex)).toEqual(Array.from(spans.keys()));
      expect(starts).toEqual([0, ...ends.slice(0, -1)]);
      expect(ends.at(-1)).toBe(segmentCount);
      expect(spans.every((span) => span.segmentCount >= 1 && span.segmentCount <= 10)).toBe(true);
      if (spans.length > 1) expect([spans[0]?.segmentCount, spans.at(-1)?.segmentCount]).toEqual([1, 1]);
    }),
  );
});

it('spans never get longer after the second', () => {
  const after = lengths(500).slice(1);
  expect(after).toEqual([...after].sort((a, b) => b - a));
});

describe('the maximum length of a span', () => {
  it.each([
    ['a small ladder: ten segments', small, 10],
    ['1080 lines: two segments', full, 2],
    ['one rung of 1080 lines: six', [rung('h264', 1920, 1080)], 6],
    ['HEVC beside H.264: as many as HEVC allows', [...small, rung('hevc', 1280, 720)], 5],
  ])('%s', (_name, rungs, expected) => {
    expect(Math.max(...lengths(500, rungs))).toBe(expected);
  });
});
