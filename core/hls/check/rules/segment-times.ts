import type { LoadedRendition, SegmentMedia } from '#core/hls/check/presentation/loaded-presentation.js';
import type { MediaPlaylist } from '#core/hls/read/playlist.js';

/** What durations with six decimals may add up to, seconds a segment. */
export const roundingSeconds = 1e-6;

export const seconds = (value: number): string => `${Number(value.toFixed(3))} s`;
export const where = (rendition: LoadedRendition, segmentIndex: number): string =>
  `rendition ${rendition.name}: segment ${segmentIndex}`;
export const frameSeconds = ({ durationSeconds, frames }: SegmentMedia): number =>
  durationSeconds / Math.max(1, frames);

/** When each segment starts by the playlist, seconds. */
export function declaredStarts({ segments }: MediaPlaylist): number[] {
  let sum = 0;
  return segments.map(({ durationSeconds }) => (sum += durationSeconds) - durationSeconds);
}
