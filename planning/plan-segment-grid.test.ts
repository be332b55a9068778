import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Rational, rational } from '#core/contracts/rational.js';
import {
  audioFrameCount,
  audioSegmentFrames,
  frameSeconds,
  gridSeconds,
  segmentFrames,
  steppedFrames,
  videoSegmentSeconds,
} from '#core/contracts/segment-grid.js';
import { gopFrames, planSegmentGrid } from '#planning/plan-segment-grid.js';
import { outputFrameRates } from '#planning/source/output-frame-rate.js';

const maxSeconds = 12 * 3600;
const minTailSeconds = 0.4;

/** Grids of 1 frame to 12 h, with as many short and near-boundary durations as long ones. */
const anyGrid = fc
  .record({
    frameRate: fc.constantFrom(...outputFrameRates),
    seconds: fc.oneof(
      fc.double({ min: 0, max: 30, noNaN: true }),
      fc.double({ min: 0, max: maxSeconds, noNaN: true }),
      fc
        .tuple(fc.integer({ min: 1, max: 50 }), fc.double({ min: -0.7, max: 0.7, noNaN: true }))
        .map(([six, off]) => six * 6 + off),
    ),
  })
  .map(({ frameRate, seconds }) => ({ seconds, grid: planSegmentGrid(frameRate, seconds) }));

/** The first, middle and last segments: a title of 12 h has thousands, nearly all alike. */
function someSegments(count: number): number[] {
  const middle = Math.floor(count / 2);
  const wanted = [0, 1, middle, middle + 1, count - 2, count - 1].filter(
    (index) => index >= 0 && index < count,
  );
  return [...new Set(wanted)];
}

describe('gopFrames', () => {
  it.each<[string, Rational, number]>([
    ['24000/1001', rational(24000, 1001), 48],
    ['24', rational(24), 48],
    ['25', rational(25), 50],
    ['30000/1001', rational(30000, 1001), 60],
    ['30', rational(30), 60],
    ['48', rational(48), 96],
    ['50', rational(50), 100],
    ['60000/1001', rational(60000, 1001), 120],
    ['60', rational(60), 120],
  ])('2 s at %s', (_name, rate, frames) => {
    expect(gopFrames(rate)).toBe(frames);
  });
});

describe('planSegmentGrid', () => {
  it.each<[string, Rational, number, number, number]>([
    ['no duration is one frame', rational(25), 0, 1, 1],
    ['one frame', rational(24), 1 / 24, 1, 1],
    ['exactly one segment', rational(25), 6, 150, 1],
    ['a tail of 0.4 s joins the segment before it', rational(25), 6.4, 160, 1],
    ['one frame more is a segment', rational(25), 6.44, 161, 2],
    ['29.97 over a minute', rational(30000, 1001), 60.06, 1800, 10],
    ['12 hours', rational(60), maxSeconds, 2_592_000, 7200],
  ])('%s', (_name, rate, seconds, frameCount, segmentCount) => {
    expect(planSegmentGrid(rate, seconds)).toMatchObject({ frameCount, segmentCount });
  });

  it('lasts as long as the source, to the nearest frame', () => {
    fc.assert(
      fc.property(anyGrid, ({ grid, seconds }) => {
        const frame = frameSeconds(grid, 1);
        expect(Math.abs(gridSeconds(grid) - Math.max(seconds, frame / 2))).toBeLessThanOrEqual(
          frame / 2 + 1e-6,
        );
      }),
    );
  });

  it('partitions the frames at both rates, at the same times', () => {
    fc.assert(
      fc.property(anyGrid, ({ grid }) => {
        for (const segment of someSegments(grid.segmentCount)) {
          const whole = segmentFrames(grid, segment);
          const half = steppedFrames(whole, 2);
          expect(2 * half.first).toBe(whole.first);
          const isLast = segment === grid.segmentCount - 1;
          if (isLast)
            expect([whole.end, half.end]).toEqual([grid.frameCount, Math.ceil(grid.frameCount / 2)]);
          else expect([whole.end, 2 * half.end]).toEqual([segmentFrames(grid, segment + 1).first, whole.end]);
        }
      }),
    );
  });

  it("has durations that add up to the source's within one frame of the rung", () => {
    fc.assert(
      fc.property(anyGrid, fc.constantFrom(1, 2), ({ grid }, frameStep) => {
        let sum = 0;
        for (let segment = 0; segment < grid.segmentCount; segment += 1) {
          sum += videoSegmentSeconds(grid, segment, frameStep);
        }
        expect(sum).toBeGreaterThan(gridSeconds(grid) - 1e-6);
        expect(sum).toBeLessThan(gridSeconds(grid) + frameSeconds(grid, frameStep));
      }),
      { numRuns: 40 },
    );
  });

  it('has no segment over 6.5 s and no tail under 0.4 s', () => {
    fc.assert(
      fc.property(anyGrid, ({ grid }) => {
        for (const segment of someSegments(grid.segmentCount)) {
          for (const frameStep of [1, 2])
            expect(videoSegmentSeconds(grid, segment, frameStep)).toBeLessThanOrEqual(6.5);
        }
        const tail = videoSegmentSeconds(grid, grid.segmentCount - 1, 1);
        if (grid.segmentCount > 1) expect(tail).toBeGreaterThanOrEqual(minTailSeconds);
      }),
      { numRuns: 500 },
    );
  });

  it('gives every video segment an audio segment, with exactly the AAC frames that cover the title', () => {
    fc.assert(
      fc.property(anyGrid, fc.constantFrom(44_100, 48_000), ({ grid }, sampleRate) => {
        for (const segment of someSegments(grid.segmentCount)) {
          const { first, end } = audioSegmentFrames(grid, segment, sampleRate);
          expect(end).toBeGreaterThan(first);
          const isLast = segment === grid.segmentCount - 1;
          expect(end).toBe(
            isLast
              ? audioFrameCount(grid, sampleRate)
              : audioSegmentFrames(grid, segment + 1, sampleRate).first,
          );
        }
      }),
    );
  });
});
