import type { SourceVideo } from '#core/contracts/plan.js';
import type { FieldCounts } from '#workers/ffmpeg/run-log.js';

/**
 * The filter that counts interlaced frames. It counts a frame if its lines match the neighbouring frames this
 * much better in one field order than in the other: real interlacing differs by more than half. Moving fine
 * lines in progressive video exceed ffmpeg's default of 1.04, and sometimes 1.3.
 */
export const fieldDetector = 'idet=intl_thres=1.5';

/** Fewer interlaced frames may be chance. */
const minInterlacedFrames = 10;
const minRatioToProgressive = 4;
/** Recordings keep one field order, so frames in the other one must be even rarer than progressive ones. */
const minRatioToOtherOrder = 10;

/** The field order by the counts in samples, for video whose header declares no order, or progressive. */
export function detectInterlacing({
  topFirst,
  bottomFirst,
  progressive,
}: FieldCounts): SourceVideo['interlaced'] {
  const more = Math.max(topFirst, bottomFirst);
  const less = Math.min(topFirst, bottomFirst);
  const isInterlaced =
    more >= minInterlacedFrames &&
    more >= minRatioToProgressive * progressive &&
    more >= minRatioToOtherOrder * less;
  if (!isInterlaced) return 'no';
  return topFirst > bottomFirst ? 'top-first' : 'bottom-first';
}
