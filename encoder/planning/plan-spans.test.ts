import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { planSpans } from '#encoder/planning/plan-spans.js';

it.each([
  ['one segment', 1, [1]],
  ['a clip of five', 5, [1, 1, 1, 1, 1]],
  ['two minutes taper off', 20, [1, 4, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1]],
])('%s', (_name, segmentCount, lengths) => {
  expect(planSpans({ segmentCount }).map((span) => span.segmentCount)).toEqual(lengths);
});

it('partitions the segments into spans of at most five, the first and the last of one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7_200 }), (segmentCount) => {
      const spans = planSpans({ segmentCount });
      const starts = spans.map(({ firstSegment }) => firstSegment);
      const ends = spans.map((span) => span.firstSegment + span.segmentCount);
      expect(spans.map(({ spanIndex }) => spanIndex)).toEqual(Array.from(spans.keys()));
      expect(starts).toEqual([0, ...ends.slice(0, -1)]);
      expect(ends.at(-1)).toBe(segmentCount);
      expect(spans.every((span) => span.segmentCount >= 1 && span.segmentCount <= 5)).toBe(true);
      expect([spans[0]?.segmentCount, spans.at(-1)?.segmentCount]).toEqual([1, 1]);
    }),
  );
});

it('never grows again after the first span', () => {
  const lengths = planSpans({ segmentCount: 500 })
    .slice(1)
    .map((span) => span.segmentCount);
  expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
});
