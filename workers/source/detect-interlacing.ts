import type { SourceVideo } from '#core/contracts/plan.js';
import type { FieldCounts } from '#workers/ffmpeg/run-log.js';

/**
 * The filter that counts. A frame is taken for two moments when its lines fit the frame before and the one after this
 * much better one way round than the other. Fields of two moments differ by more than half; ffmpeg's own 4 %, and
 * sometimes 30 %, are met by fine lines that move in a progressive film.
 */
export const fieldDetector = 'idet=intl_thres=1.5';

/** Fewer interlaced frames than this are chance. */
const minInterlacedFrames = 10;
/** Progressive frames must be rare beside them, */
const minRatioToProgressive = 4;
/** and the other field order rarer still: no recording changes it to and fro. */
const minRatioToOtherOrder = 10;

/** What the field counts say of a picture whose header says nothing, or says progressive. */
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
