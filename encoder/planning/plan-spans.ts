import type { SegmentGrid, Span, VideoRung } from '#core/contracts/plan.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';

/** Work of one span on one core, seconds: start-up costs vanish in it, and no other title waits long for its slot. */
const spanWorkSeconds = 60;
/** Whatever they cost: a span's segments are stored as they come, but its task is one to take up again. */
const longestSpanSegments = 10;
/** As many spans as this keep a pool's workers busy to the end of a short title. */
const fewestSpansWanted = 6;
/** CPU seconds a megapixel of a frame takes with each codec's usual preset, as `npm run bench -- encode` finds it. */
const secondsPerMegapixel: Record<VideoCodec, number> = { h264: 0.04, hevc: 0.12, av1: 0.08 };

/**
 * Cuts the grid into spans: long enough that start-up costs vanish, short enough that a killed worker loses little and
 * the last spans end together. The first is short, so that its segments are there soonest. The spans taper off towards
 * the end: the slots that finish first have nothing left to wait for but a short one.
 */
export function planSpans(
  grid: Pick<SegmentGrid, 'segmentCount' | 'segmentFrames'>,
  rungs: readonly Pick<VideoRung, 'codec' | 'width' | 'height' | 'frameStep'>[],
): Span[] {
  const longest = Math.max(
    1,
    Math.min(longestSpanSegments, Math.floor(spanWorkSeconds / segmentWorkSeconds(grid, rungs))),
  );
  const spans: Span[] = [];
  let firstSegment = 0;
  while (firstSegment < grid.segmentCount) {
    const left = grid.segmentCount - firstSegment;
    const share = Math.ceil(left / fewestSpansWanted);
    const segmentCount = Math.min(left, spans.length === 0 ? 1 : longest, share);
    spans.push({ spanIndex: spans.length, firstSegment, segmentCount });
    firstSegment += segmentCount;
  }
  return spans;
}

/** Of the codec that takes longest: each has tasks of its own over the same spans. */
function segmentWorkSeconds(
  { segmentFrames }: Pick<SegmentGrid, 'segmentFrames'>,
  rungs: readonly Pick<VideoRung, 'codec' | 'width' | 'height' | 'frameStep'>[],
): number {
  const work = new Map<VideoCodec, number>();
  for (const { codec, width, height, frameStep } of rungs) {
    const megapixels = (width * height * segmentFrames) / frameStep / 1e6;
    work.set(codec, (work.get(codec) ?? 0) + megapixels * secondsPerMegapixel[codec]);
  }
  return Math.max(...work.values());
}
