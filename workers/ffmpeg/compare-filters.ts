import type { EncodeTarget, Plan } from '#core/contracts/plan.js';
import { formatRational } from '#core/contracts/rational.js';

/**
 * Pairs the source's frames (input 0) with a rung's (input 1) for a comparing filter, as `[source]` and
 * `[shown]`, both at the source's size. For a half-rate rung only the source's frames that the rung has take
 * part.
 */
export function compareFilters(
  { displayWidth, displayHeight }: Plan['video'],
  { frameStep, frameRate, videoRange }: Pick<EncodeTarget, 'frameStep' | 'frameRate' | 'videoRange'>,
): string {
  // Both have the same colour, but if only one is tagged, the ffmpeg with libvmaf converts the other.
  const sameColour = 'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709';
  const format = videoRange === 'SDR' ? 'format=yuv420p' : 'format=yuv420p10le';
  // Pairs frames by number: the two files have different time bases.
  const counted = `setpts=N/(${formatRational(frameRate)})/TB`;
  return [
    `[1:v]${sameColour},scale=${displayWidth}:${displayHeight}:flags=bicubic,${format},${counted}[shown]`,
    `[0:v]${sameColour},${frameStep === 2 ? 'framestep=2,' : ''}${counted}[source]`,
  ].join(';');
}
