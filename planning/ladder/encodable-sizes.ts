import type { VideoCodec } from '#core/contracts/upload-settings.js';
import type { LadderInput } from '#planning/ladder/ladder.js';
import { codecLadders } from '#planning/ladder/ladder-presets.js';
import { type RungSize, rungSizes } from '#planning/ladder/rung-sizes.js';

/**
 * The sizes of the picture that the codec's encoder takes, ascending; none where the picture is too thin for
 * it.
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
