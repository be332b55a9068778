import type { SegmentMedia } from '#core/hls/check/presentation/loaded-presentation.js';

/**
 * Time stamps of transport streams have 33 bits, at 90 kHz: after 26.5 hours they begin anew (ISO/IEC 13818-1
 * 2.4.3.7).
 */
const turnSeconds = 2 ** 33 / 90_000;

/** Segments in order, each as near to the one before as whole turns of the clock bring it. */
export function unwrapTimestamps(segments: readonly SegmentMedia[]): SegmentMedia[] {
  let before = segments[0]?.startSeconds ?? 0;
  return segments.map((segment) => {
    const turns = Math.round((before - segment.startSeconds) / turnSeconds);
    before = segment.startSeconds + turns * turnSeconds;
    return { ...segment, startSeconds: before };
  });
}
