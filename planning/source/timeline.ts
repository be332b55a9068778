import type { Rational } from '#core/contracts/rational.js';

/** Where the title begins and ends on the file's own timeline, and its frame rate. */
export interface Timeline {
  /** Timestamp on the file's timeline that becomes zero. */
  originSeconds: number;
  durationSeconds: number;
  /** Constant rate of the output. */
  frameRate: Rational;
  averageFramesPerSecond: number;
}

/** A file that ends before the end that its container declares. */
export interface Truncation {
  /** What is missing, for engineers. */
  detail: string;
  /** Bytes present / bytes declared; undefined if the file declares no size. */
  presentShare?: number;
  /** The file declares its full length neither in bytes nor in seconds. */
  hidesLength?: true;
}

/** A source with less than this share of its declared duration is refused as truncated. */
export const minShare = 0.98;
/** Longest pause between two frames; a longer one means that the timestamps are wrong. */
export const maxPauseSeconds = 600;
