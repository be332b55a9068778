import type { SegmentGrid, Span } from '#core/contracts/plan.js';

/** Half-open range of frames, `first` to before `end`. */
export interface FrameRange {
  first: number;
  end: number;
}

/** Samples of one AAC access unit (ISO/IEC 14496-3, AAC LC). */
export const samplesPerAacFrame = 1024;

/** Frames of the full-rate picture that `segmentIndex` holds. */
export function segmentFrames(grid: SegmentGrid, segmentIndex: number): FrameRange {
  if (!Number.isInteger(segmentIndex) || segmentIndex < 0 || segmentIndex >= grid.segmentCount) {
    throw new RangeError(`segment ${segmentIndex} is outside the grid of ${grid.segmentCount} segments`);
  }
  const first = segmentIndex * grid.segmentFrames;
  // The last one takes what is left, which may be a few frames more than a whole segment.
  return {
    first,
    end: segmentIndex === grid.segmentCount - 1 ? grid.frameCount : first + grid.segmentFrames,
  };
}

/** Frames of the full-rate picture that a span's segments hold. */
export function spanFrames(
  grid: SegmentGrid,
  { firstSegment, segmentCount }: Pick<Span, 'firstSegment' | 'segmentCount'>,
): FrameRange {
  const last = segmentFrames(grid, firstSegment + segmentCount - 1);
  return { first: segmentFrames(grid, firstSegment).first, end: last.end };
}

/** Frames a rung that keeps every `frameStep`-th frame has in a range: those whose index is a multiple of the step. */
export function steppedFrames(range: FrameRange, frameStep: number): FrameRange {
  return { first: Math.ceil(range.first / frameStep), end: Math.ceil(range.end / frameStep) };
}

/** Seconds from the start of the title at which full-rate frame `frame` is shown. */
export function frameSeconds(grid: SegmentGrid, frame: number): number {
  return (frame * grid.frameRate.denominator) / grid.frameRate.numerator;
}

export function gridSeconds(grid: SegmentGrid): number {
  return frameSeconds(grid, grid.frameCount);
}

/** Duration of one segment of a rung, seconds: whole rung frames, so a half-rate last segment may be a frame longer. */
export function videoSegmentSeconds(grid: SegmentGrid, segmentIndex: number, frameStep: number): number {
  const { first, end } = steppedFrames(segmentFrames(grid, segmentIndex), frameStep);
  return frameSeconds(grid, (end - first) * frameStep);
}

/**
 * AAC frames of `segmentIndex`: sound is one continuous run, cut at the frame nearest the picture's boundary, so the cuts
 * never drift from the grid by more than half a frame (11 ms at 48 kHz). The last segment reaches the picture's end.
 */
export function audioSegmentFrames(grid: SegmentGrid, segmentIndex: number, sampleRate: number): FrameRange {
  const { first, end } = segmentFrames(grid, segmentIndex);
  const isLast = segmentIndex === grid.segmentCount - 1;
  return {
    first: nearestAacFrame(grid, first, sampleRate),
    // Never empty: a last segment of one picture frame may be shorter than an AAC frame.
    end: isLast
      ? Math.max(audioFrameCount(grid, sampleRate), nearestAacFrame(grid, first, sampleRate) + 1)
      : nearestAacFrame(grid, end, sampleRate),
  };
}

/** AAC frames that cover the whole picture. */
export function audioFrameCount(grid: SegmentGrid, sampleRate: number): number {
  return Math.ceil(aacFramesAt(grid, grid.frameCount, sampleRate));
}

export function audioSegmentSeconds(grid: SegmentGrid, segmentIndex: number, sampleRate: number): number {
  const { first, end } = audioSegmentFrames(grid, segmentIndex, sampleRate);
  return ((end - first) * samplesPerAacFrame) / sampleRate;
}

function nearestAacFrame(grid: SegmentGrid, frame: number, sampleRate: number): number {
  return Math.round(aacFramesAt(grid, frame, sampleRate));
}

function aacFramesAt(grid: SegmentGrid, frame: number, sampleRate: number): number {
  const { numerator, denominator } = grid.frameRate;
  // A product of integers below 2^53 for any title up to a week: exact until the one division.
  return (frame * denominator * sampleRate) / (numerator * samplesPerAacFrame);
}
