import type { SourceVideo } from '#core/contracts/plan.js';

/** A step of the ladder: the 16:9 box (9:16 for portrait video) that the video is fitted into. */
interface LadderStep {
  boxHeight: number;
  boxWidth: number;
}

const ladderSteps: readonly LadderStep[] = [
  { boxWidth: 416, boxHeight: 234 },
  { boxWidth: 640, boxHeight: 360 },
  { boxWidth: 768, boxHeight: 432 },
  { boxWidth: 960, boxHeight: 540 },
  { boxWidth: 1280, boxHeight: 720 },
  { boxWidth: 1920, boxHeight: 1080 },
  { boxWidth: 2560, boxHeight: 1440 },
  { boxWidth: 3840, boxHeight: 2160 },
];

export interface RungSize {
  width: number;
  height: number;
  /** Lines of the ladder step that the size belongs to, such as 720 for a rung called 720p. */
  stepHeight: number;
}

/** One macroblock; encoders refuse shorter sides. */
const minSidePixels = 16;

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));

/**
 * The sizes that a video can be published at, ascending: every step up to the source's size, and the source's
 * own size if it lies between two steps. Sides keep the display aspect and are rounded to even pixels.
 */
export function rungSizes(video: Pick<SourceVideo, 'displayWidth' | 'displayHeight'>): RungSize[] {
  const { displayWidth, displayHeight } = video;
  const isPortrait = displayHeight > displayWidth;
  const sizes: RungSize[] = [];
  for (const step of ladderSteps) {
    const scale = isPortrait
      ? Math.min(step.boxHeight / displayWidth, step.boxWidth / displayHeight)
      : Math.min(step.boxWidth / displayWidth, step.boxHeight / displayHeight);
    const whole = { width: displayWidth, height: displayHeight };
    const fitted = { width: even(displayWidth * scale), height: even(displayHeight * scale) };
    sizes.push({
      ...(scale >= 1 ? whole : fitted),
      stepHeight: step.boxHeight,
    });
    // The first step that holds the whole source is the last one: larger ones would be upscaled.
    if (scale >= 1) break;
  }
  const usable = sizes.filter(({ width, height }) => Math.min(width, height) >= minSidePixels);
  return usable.length > 0 ? usable : sizes.slice(-1);
}

/** The size of a rung with this number of lines, at most the source's. */
export function sizeOfHeight(
  video: Pick<SourceVideo, 'displayWidth' | 'displayHeight'>,
  height: number,
): RungSize {
  const lines = Math.min(even(height), video.displayHeight);
  const width = even((video.displayWidth * lines) / video.displayHeight);
  const shortSide = Math.min(width, lines);
  const step = ladderSteps.find(({ boxHeight }) => boxHeight >= shortSide) ?? ladderSteps.at(-1);
  return { width, height: lines, stepHeight: step?.boxHeight ?? lines };
}
