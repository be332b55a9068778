/** Limits on a source; each one is a setting. */
export interface SourceLimits {
  minSidePixels: number;
  /** The default, 8192, exceeds every camera's and is the maximum of H.264 and its players. */
  maxSidePixels: number;
  /** Longer side / shorter side; a narrower video would be a line on any screen. */
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
  // 8192x4320, the frame size of an 8K camera.
  maxPixels: 35_389_440,
  maxSeconds: 12 * 3600,
  minSeconds: 0.01,
  // The rate of slow-motion cameras.
  maxFramesPerSecond: 1000,
  maxStreams: 64,
};
