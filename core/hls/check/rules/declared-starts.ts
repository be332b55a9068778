import type { SegmentMedia } from '#core/hls/check/presentation/loaded-presentation.js';
import type { MediaPlaylist } from '#core/hls/read/playlist.js';

/** Rounding error per segment of durations with six decimals. */
export const roundingSeconds = 1e-6;

/** Start of each segment in seconds, from the EXTINF durations before it. */
export function declaredStarts({ segments }: MediaPlaylist): number[] {
  let sum = 0;
  return segments.map(({ durationSeconds }) => (sum += durationSeconds) - durationSeconds);
}

/** Average duration of a frame. */
export const frameSeconds = ({ durationSeconds, frames }: SegmentMedia): number =>
  durationSeconds / Math.max(1, frames);
