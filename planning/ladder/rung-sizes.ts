import type { SourceVideo } from '#core/contracts/plan.js';

/** A step of the ladder: the 16:9 box (or 9:16 for upright pictures) that the picture is fitted into. */
export interface LadderStep {
  boxHeight: number;
  boxWidth: number;
}

export const ladderSteps: readonly LadderStep[] = [
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
  /** Lines of the ladder step it belongs to: what people call the rung. */
  stepHeight: number;
}

/** Below a macroblock a side there is no picture to see, and encoders refuse. */
const minSidePixels = 16;

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));

/**
 * The sizes a picture can be published at, ascending: every step it is not upscaled for, and its own size
 * where that lies between two steps. Widths follow the display aspect, to the nearest even pixel.
 */
export function rungSizes(video: Pick<SourceVideo, 'displayWidth' | 'displayHeight'>): RungSize[] {
  const { displayWidth, displayHeight } = video;
  const upright = displayHeight > displayWidth;
  const sizes: RungSize[] = [];
  for (const step of ladderSteps) {
    const scale = upright
      ? Math.min(step.boxHeight / displayWidth, step.boxWidth / displayHeight)
      : Math.min(step.boxWidth / displayWidth, step.boxHeight / displayHeight);
    const whole = { width: displayWidth, height: displayHeight };
    const fitted = { width: even(displayWidth * scale), height: even(displayHeight * scale) };
    sizes.push({
      ...(scale >= 1 ? whole : fitted),
      stepHeight: step.boxHeight,
    });
    // The first step that holds the whole source is the last rung: larger ones would only be upscaled.
    if (scale >= 1) break;
  }
  const tall = sizes.filter(({ width, height }) => Math.min(width, height) >= minSidePixels);
  return tall.length > 0 ? tall : sizes.slice(-1);
}

/** The size of a rung that is asked for by its number of lines, at most the source's. */
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
