import type { SegmentGrid, Span } from '#core/contracts/plan.js';

/** Picture that one span holds at most, seconds: near 20 to 60 s of work for a full ladder on one core. */
const longestSpanSegments = 5;
/** As many spans as this keep a pool's workers busy to the end of a short title. */
const fewestSpansWanted = 6;

/**
 * Cuts the grid into spans: long enough that start-up costs vanish, short enough that a killed worker loses little and
 * the last spans end together. The first is short, so that its segments are there soonest. The spans taper off towards
 * the end: the slots that finish first have nothing left to wait for but a short one.
 */
export function planSpans(grid: Pick<SegmentGrid, 'segmentCount'>): Span[] {
  const spans: Span[] = [];
  let firstSegment = 0;
  while (firstSegment < grid.segmentCount) {
    const left = grid.segmentCount - firstSegment;
    const share = Math.ceil(left / fewestSpansWanted);
    const segmentCount = Math.min(left, spans.length === 0 ? 1 : longestSpanSegments, share);
    spans.push({ spanIndex: spans.length, firstSegment, segmentCount });
    firstSegment += segmentCount;
  }
  return spans;
}
