/** What a source may be at most; each is a setting. */
export interface SourceLimits {
  shortestSidePixels: number;
  /** Longer than any camera's, and the most that H.264 and its players take. */
  longestSidePixels: number;
  /** Longer side over shorter side: beyond it there is nothing to see on any screen. */
  mostElongated: number;
  maxPixels: number;
  longestSeconds: number;
  shortestSeconds: number;
  mostFramesPerSecond: number;
  maxStreams: number;
}

export const defaultSourceLimits: SourceLimits = {
  shortestSidePixels: 16,
  longestSidePixels: 8192,
  mostElongated: 32,
  // 8192x4320: what an 8K camera records.
  maxPixels: 35_389_440,
  longestSeconds: 12 * 3600,
  shortestSeconds: 0.01,
  // What cameras for slow motion record.
  mostFramesPerSecond: 1000,
  maxStreams: 64,
};
