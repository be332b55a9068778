/** What a source may be at most; each is a setting. */
export interface SourceLimits {
  shortestSidePixels: number;
  maxPixels: number;
  longestSeconds: number;
  shortestSeconds: number;
  maxStreams: number;
}

export const defaultSourceLimits: SourceLimits = {
  shortestSidePixels: 16,
  // 8192x4320: what an 8K camera records.
  maxPixels: 35_389_440,
  longestSeconds: 12 * 3600,
  shortestSeconds: 0.01,
  maxStreams: 64,
};
