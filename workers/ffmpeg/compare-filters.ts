import type { EncodeTarget, Plan } from '#core/contracts/plan.js';
import { formatRational } from '#core/contracts/rational.js';

/**
 * Filters that put the source's frames (input 0) and a rung's (input 1) beside each other as `[source]` and `[shown]`, for a
 * filter that compares them: at the source's size, frame by frame. A half-rate rung is judged on the frames that it has.
 */
export function compareFilters(
  { displayWidth, displayHeight }: Plan['video'],
  { frameStep, frameRate, videoRange }: Pick<EncodeTarget, 'frameStep' | 'frameRate' | 'videoRange'>,
): string {
  // The two hold the same colour, but only one may be tagged: libvmaf's ffmpeg would convert the other.
  const sameColour = 'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709';
  const format = videoRange === 'SDR' ? 'format=yuv420p' : 'format=yuv420p10le';
  // By number, not by time: the two files count time in different units.
  const counted = `setpts=N/(${formatRational(frameRate)})/TB`;
  return [
    `[1:v]${sameColour},scale=${displayWidth}:${displayHeight}:flags=bicubic,${format},${counted}[shown]`,
    `[0:v]${sameColour},${frameStep === 2 ? 'framestep=2,' : ''}${counted}[source]`,
  ].join(';');
}
