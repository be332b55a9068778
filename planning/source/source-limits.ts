/** What a source may be at most; each is a setting. */
export interface SourceLimits {
  minSidePixels: number;
  /** Longer than any camera's, and the most that H.264 and its players take. */
  maxSidePixels: number;
  /** Longer side over shorter side: beyond it there is nothing to see on any screen. */
  maxAspectRatio: number;
  maxPixels: number;
  maxSeconds: number;
  minSeconds: number;
  maxFramesPerSecond: number;
  maxStreams: number;
}

export const defaultSourceLimits: SourceLimits = {
  minSidePixels: 16,
  maxSidePixels: 8192,
  maxAspectRatio: 32,
  // 8192x4320: what an 8K camera records.
  maxPixels: 35_389_440,
  maxSeconds: 12 * 3600,
  minSeconds: 0.01,
  // What cameras for slow motion record.
  maxFramesPerSecond: 1000,
  maxStreams: 64,
};
