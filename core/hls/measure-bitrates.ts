export interface Bitrates {
  peakBitsPerSecond: number;
  averageBitsPerSecond: number;
}

export interface SegmentSize {
  bytes: number;
  seconds: number;
}

/**
 * Longest run of segments to measure: a target duration of segments a twentieth of it. Bounds hostile
 * playlists.
 */
const maxRunSegments = 32;

/**
 * Measures the bitrates of one rendition as RFC 8216 4.1 defines them. The peak is the highest bitrate of any
 * run of consecutive segments that lasts 0.5 to 1.5 times the target duration. A last segment of a few
 * frames, mostly key frame, therefore counts together with the segment before it, which is how a player
 * downloads it.
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
    for (const segment of segments.slice(first, first + maxRunSegments)) {
      run.bytes += segment.bytes;
      run.seconds += segment.seconds;
      if (run.seconds > 1.5 * targetDurationSeconds) break;
      if (run.seconds >= 0.5 * targetDurationSeconds) peak = Math.max(peak, (run.bytes * 8) / run.seconds);
    }
  }
  // A title shorter than half the target duration has no such run: its peak is its average.
  return {
    bytes,
    averageBitsPerSecond: Math.ceil(average),
    peakBitsPerSecond: Math.ceil(Math.max(peak, peak === 0 ? average : 0)),
  };
}
