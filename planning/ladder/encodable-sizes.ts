import type { VideoCodec } from '#core/contracts/upload-settings.js';
import type { LadderInput } from '#planning/ladder/ladder.js';
import { codecLadders } from '#planning/ladder/ladder-presets.js';
import { type RungSize, rungSizes } from '#planning/ladder/rung-sizes.js';

/**
 * The sizes of a video that the codec's encoder accepts, ascending; none if a side of the video is too short.
 */
export function encodableSizes({ video }: Pick<LadderInput, 'video'>, codec: VideoCodec): RungSize[] {
  return rungSizes(video).filter((size) => isEncodable(size, codec));
}

export function isEncodable(
  { width, height }: Pick<RungSize, 'width' | 'height'>,
  codec: VideoCodec,
): boolean {
  return Math.min(width, height) >= codecLadders[codec].minSidePixels;
}
