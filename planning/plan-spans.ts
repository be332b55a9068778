import type { SegmentGrid, Span, VideoRung } from '#core/contracts/plan.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';

/**
 * Work of one span on one core, in seconds: long enough to hide start-up costs, short enough that no other
 * title waits long for its slot. A title with less work is one span.
 */
const spanWorkSeconds = 60;
/** Limit for cheap ladders too: a killed worker repeats at most one span. */
const maxSpanSegments = 10;
/** The rest of a title is split into at least this many spans, to keep idle slots busy. */
const minRemainingSpans = 3;
/** CPU seconds per megapixel of a frame with each codec's usual preset, averaged over content. */
const secondsPerMegapixel: Record<VideoCodec, number> = { h264: 0.03, hevc: 0.09, av1: 0.08 };

type SpanRung = Pick<VideoRung, 'codec' | 'width' | 'height' | 'frameStep'>;

/**
 * Splits the grid into spans of about `spanWorkSeconds`. The first span is one segment, so that playback can
 * start soonest. Spans get shorter towards the end, so that all slots finish at nearly the same time. A short
 * title is one span.
 */
export function planSpans(
  grid: Pick<SegmentGrid, 'segmentCount' | 'segmentFrames' | 'frameCount'>,
  rungs: readonly SpanRung[],
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
    const remaining = count - firstSegment;
    const segmentCount = spans.length === 0 ? 1 : Math.min(max, Math.ceil(remaining / minRemainingSpans));
    spans.push({ spanIndex: spans.length, firstSegment, segmentCount });
    firstSegment += segmentCount;
  }
  return spans;
}

/** CPU seconds per frame of the slowest codec: each codec has its own tasks over the same spans. */
function frameWorkSeconds(rungs: readonly SpanRung[]): number {
  const work = new Map<VideoCodec, number>();
  for (const { codec, width, height, frameStep } of rungs) {
    const megapixels = (width * height) / frameStep / 1e6;
    work.set(codec, (work.get(codec) ?? 0) + megapixels * secondsPerMegapixel[codec]);
  }
  return Math.max(...work.values());
}
