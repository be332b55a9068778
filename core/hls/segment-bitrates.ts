import type { Bitrates } from '#core/hls/variant-bitrates.js';

export interface SegmentSize {
  bytes: number;
  seconds: number;
}

/**
 * The bitrates of one rendition as RFC 8216 4.1 defines them. The peak is the largest bitrate of any run of neighbouring
 * segments that lasts 0.5 to 1.5 times the target duration: a last segment of a few frames, all of it key frame, counts
 * together with the one before, because that is how a player meets it.
 */
export function measureBitrates(
  segments: readonly SegmentSize[],
  targetDurationSeconds: number,
): Bitrates & { bytes: number } {
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0);
  const average = seconds > 0 ? (bytes * 8) / seconds : 0;
  let peak = 0;
  for (let first = 0; first < segments.length; first += 1) {
    const run = { bytes: 0, seconds: 0 };
    for (const segment of segments.slice(first, first + maxRun)) {
      run.bytes += segment.bytes;
      run.seconds += segment.seconds;
      if (run.seconds > 1.5 * targetDurationSeconds) break;
      if (run.seconds >= 0.5 * targetDurationSeconds) peak = Math.max(peak, (run.bytes * 8) / run.seconds);
    }
  }
  // A title shorter than half a target duration has no such run: its peak is its average.
  return {
    bytes,
    averageBitsPerSecond: Math.ceil(average),
    peakBitsPerSecond: Math.ceil(Math.max(peak, peak === 0 ? average : 0)),
  };
}

/** Enough for runs of segments of a twentieth of the target duration; bounds the work on a hostile playlist. */
const maxRun = 32;
