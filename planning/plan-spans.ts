import type { SegmentGrid, Span, VideoRung } from '#core/contracts/plan.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';

/**
 * Work of one span on one core, seconds: start-up costs vanish in it, and no other title waits long for its slot. A title
 * of less work is one span.
 */
const spanWorkSeconds = 60;
/** Whatever they cost: a span's segments are stored as they come, but its task is one to take up again. */
const maxSpanSegments = 10;
/** What is left at a title's end is cut into this many spans at least, for slots that would have nothing to do. */
const fewestSpansLeft = 3;
/** CPU seconds a megapixel of a frame takes with each codec's usual preset, give or take the content. */
const secondsPerMegapixel: Record<VideoCodec, number> = { h264: 0.03, hevc: 0.09, av1: 0.08 };

/**
 * Cuts the grid into spans: long enough that start-up costs vanish, short enough that a killed worker loses little and
 * the last spans end together. The first is short, so that its segments are there soonest. The spans taper off towards
 * the end: the slots that finish first have nothing left to wait for but a short one. A short title is not cut.
 */
export function planSpans(
  grid: Pick<SegmentGrid, 'segmentCount' | 'segmentFrames' | 'frameCount'>,
  rungs: readonly Pick<VideoRung, 'codec' | 'width' | 'height' | 'frameStep'>[],
): Span[] {
  const { segmentCount: count, segmentFrames, frameCount } = grid;
  const frameSeconds = frameWorkSeconds(rungs);
  if (count <= maxSpanSegments && frameCount * frameSeconds <= spanWorkSeconds)
    return [{ spanIndex: 0, firstSegment: 0, segmentCount: count }];
  const affordable = Math.floor(spanWorkSeconds / (frameSeconds * segmentFrames));
  const max = Math.max(1, Math.min(maxSpanSegments, affordable));
  const spans: Span[] = [];
  let firstSegment = 0;
  while (firstSegment < count) {
    const left = count - firstSegment;
    const segmentCount = spans.length === 0 ? 1 : Math.min(max, Math.ceil(left / fewestSpansLeft));
    spans.push({ spanIndex: spans.length, firstSegment, segmentCount });
    firstSegment += segmentCount;
  }
  return spans;
}

/** Of the codec that takes longest: each has tasks of its own over the same spans. */
function frameWorkSeconds(
  rungs: readonly Pick<VideoRung, 'codec' | 'width' | 'height' | 'frameStep'>[],
): number {
  const work = new Map<VideoCodec, number>();
  for (const { codec, width, height, frameStep } of rungs) {
    const megapixels = (width * height) / frameStep / 1e6;
    work.set(codec, (work.get(codec) ?? 0) + megapixels * secondsPerMegapixel[codec]);
  }
  return Math.max(...work.values());
}
