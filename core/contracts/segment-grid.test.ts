import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SegmentGrid } from '#core/contracts/plan.js';
import { rational } from '#core/contracts/rational.js';
import {
  audioFrameCount,
  audioSegmentFrames,
  audioSegmentSeconds,
  frameSeconds,
  gridSeconds,
  samplesPerAacFrame,
  segmentFrames,
  steppedFrames,
  videoSegmentSeconds,
} from '#core/contracts/segment-grid.js';

/** 6 s at 24 frames a second and a last segment of `tail` frames. */
function gridOf(tail: number, segmentCount = 3): SegmentGrid {
  const segment = 144;
  return {
    frameRate: rational(24),
    frameCount: (segmentCount - 1) * segment + tail,
    gopFrames: 48,
    segmentFrames: segment,
    segmentCount,
  };
}

const anyRate = fc.constantFrom(
  ...[rational(24000, 1001), rational(24), rational(25), rational(30000, 1001), rational(30)],
  ...[rational(48), rational(50), rational(60000, 1001), rational(60)],
);
const anyGrid: fc.Arbitrary<SegmentGrid> = fc
  .record({
    frameRate: anyRate,
    segmentCount: fc.integer({ min: 1, max: 60 }),
    tail: fc.double({ min: 0, max: 1.06, noNaN: true }),
  })
  .map(({ frameRate, segmentCount, tail }) => {
    const gopFrames = 2 * Math.round(frameRate.numerator / frameRate.denominator);
    const segment = 3 * gopFrames;
    const frameCount = (segmentCount - 1) * segment + Math.max(1, Math.round(tail * segment));
    return { frameRate, frameCount, gopFrames, segmentFrames: segment, segmentCount };
  });

const indices = (grid: SegmentGrid): number[] =>
  Array.from({ length: grid.segmentCount }, (_, index) => index);

describe('segmentFrames', () => {
  it.each([
    ['a whole first segment', gridOf(144), 0, 0, 144],
    ['a whole last segment', gridOf(144), 2, 288, 432],
    ['a last segment of one frame', gridOf(1), 2, 288, 289],
    ['a last segment longer than the others', gridOf(150), 2, 288, 438],
    ['a title of one frame', gridOf(1, 1), 0, 0, 1],
  ])('%s', (_name, grid, segment, first, end) => {
    expect(segmentFrames(grid, segment)).toEqual({ first, end });
  });

  it.each([-1, 3, 0.5, Number.NaN])('refuses segment %s of three', (segment) => {
    expect(() => segmentFrames(gridOf(144), segment)).toThrow(RangeError);
  });

  it('partitions the frames, at full and at half rate', () => {
    fc.assert(
      fc.property(anyGrid, fc.constantFrom(1, 2), (grid, frameStep) => {
        let next = 0;
        for (const segment of indices(grid)) {
          const { first, end } = steppedFrames(segmentFrames(grid, segment), frameStep);
          expect(first).toBe(next);
          expect(end).toBeGreaterThan(first);
          next = end;
        }
        expect(next).toBe(Math.ceil(grid.frameCount / frameStep));
      }),
    );
  });

  it('divides full-rate and half-rate rungs at the same instants', () => {
    fc.assert(
      fc.property(anyGrid, (grid) => {
        for (const segment of indices(grid)) {
          const { first } = segmentFrames(grid, segment);
          expect(2 * steppedFrames({ first, end: first }, 2).first).toBe(first);
        }
      }),
    );
  });
});

describe('videoSegmentSeconds', () => {
  it.each([
    ['full rate', 1, 1 / 24],
    ['half rate: its one frame lasts as long as two', 2, 2 / 24],
  ])('a last segment of one frame at %s', (_name, frameStep, seconds) => {
    expect(videoSegmentSeconds(gridOf(1), 2, frameStep)).toBeCloseTo(seconds, 9);
  });

  it('sums to the title within one frame of the rung', () => {
    fc.assert(
      fc.property(anyGrid, fc.constantFrom(1, 2), (grid, frameStep) => {
        const sum = indices(grid).reduce(
          (total, index) => total + videoSegmentSeconds(grid, index, frameStep),
          0,
        );
        expect(sum - gridSeconds(grid)).toBeGreaterThan(-1e-6);
        expect(sum - gridSeconds(grid)).toBeLessThan(frameSeconds(grid, frameStep));
      }),
    );
  });
});

describe('audioSegmentFrames', () => {
  const anySampleRate = fc.constantFrom(44_100, 48_000);

  it.each([
    ['the first boundary, nearest to 6 s', 0, 0, 281],
    ['between two boundaries', 1, 281, 563],
    ['the last reaches the end of the video', 2, 563, 844],
  ])('%s', (_name, segment, first, end) => {
    expect(audioSegmentFrames(gridOf(144), segment, 48_000)).toEqual({ first, end });
  });

  it('partitions the AAC frames, none empty, and stays within half a frame of the grid', () => {
    fc.assert(
      fc.property(anyGrid, anySampleRate, (grid, sampleRate) => {
        const aacSeconds = samplesPerAacFrame / sampleRate;
        let next = 0;
        for (const segment of indices(grid)) {
          const { first, end } = audioSegmentFrames(grid, segment, sampleRate);
          expect(first).toBe(next);
          expect(end).toBeGreaterThan(first);
          const boundary = frameSeconds(grid, segmentFrames(grid, segment).first);
          expect(Math.abs(first * aacSeconds - boundary)).toBeLessThanOrEqual(aacSeconds / 2 + 1e-9);
          next = end;
        }
        expect(next).toBeGreaterThanOrEqual(audioFrameCount(grid, sampleRate));
        expect(next * aacSeconds - gridSeconds(grid)).toBeLessThan(1.5 * aacSeconds);
      }),
    );
  });

  it('lasts as long as its frames', () => {
    expect(audioSegmentSeconds(gridOf(144), 0, 48_000)).toBeCloseTo((281 * 1024) / 48_000, 9);
  });
});
