import type { SegmentGrid, SegmentRange } from '#core/contracts/plan.js';

/** Half-open range of frames: `first` belongs to it, `end` does not. */
export interface FrameRange {
  first: number;
  end: number;
}

/** Samples of one AAC access unit (ISO/IEC 14496-3, AAC LC). */
export const samplesPerAacFrame = 1024;

/** Full-rate frames of a segment. Throws RangeError outside the grid. */
export function segmentFrames(grid: SegmentGrid, segmentIndex: number): FrameRange {
  if (!Number.isInteger(segmentIndex) || segmentIndex < 0 || segmentIndex >= grid.segmentCount) {
    throw new RangeError(`segment ${segmentIndex} is outside the grid of ${grid.segmentCount} segments`);
  }
  const first = segmentIndex * grid.segmentFrames;
  // The last segment takes the rest, which may exceed a whole segment by a few frames.
  return {
    first,
    end: segmentIndex === grid.segmentCount - 1 ? grid.frameCount : first + grid.segmentFrames,
  };
}

/** Full-rate frames of consecutive segments. */
export function rangeFrames(grid: SegmentGrid, { firstSegment, segmentCount }: SegmentRange): FrameRange {
  const last = segmentFrames(grid, firstSegment + segmentCount - 1);
  return { first: segmentFrames(grid, firstSegment).first, end: last.end };
}

/** Frames of a rung within a full-rate range: those whose index is a multiple of `frameStep`. */
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

/**
 * Duration of one segment of a rung, seconds. Whole rung frames: a half-rate last segment may be a frame
 * longer.
 */
export function videoSegmentSeconds(grid: SegmentGrid, segmentIndex: number, frameStep: number): number {
  const { first, end } = steppedFrames(segmentFrames(grid, segmentIndex), frameStep);
  return frameSeconds(grid, (end - first) * frameStep);
}

/**
 * AAC frames of a segment. Audio is one continuous run, divided at the AAC frame nearest to each boundary of
 * the grid: at most half a frame (11 ms at 48 kHz) away from it. The last segment reaches the end of the
 * video.
 */
export function audioSegmentFrames(grid: SegmentGrid, segmentIndex: number, sampleRate: number): FrameRange {
  const { first, end } = segmentFrames(grid, segmentIndex);
  const isLast = segmentIndex === grid.segmentCount - 1;
  return {
    first: nearestAacFrame(grid, first, sampleRate),
    // Never empty: a last segment of one video frame may be shorter than an AAC frame.
    end: isLast
      ? Math.max(audioFrameCount(grid, sampleRate), nearestAacFrame(grid, first, sampleRate) + 1)
      : nearestAacFrame(grid, end, sampleRate),
  };
}

/** AAC frames that cover the whole video. */
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
  // For titles of up to a week all products are integers below 2^53, so only the division rounds.
  return (frame * denominator * sampleRate) / (numerator * samplesPerAacFrame);
}
