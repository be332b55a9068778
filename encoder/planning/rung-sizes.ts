import type { SourcePicture } from '#core/contracts/plan.js';

/** A step of the ladder: the 16:9 box (or 9:16 for upright pictures) that the picture is fitted into. */
export interface LadderStep {
  boxHeight: number;
  boxWidth: number;
  /** Apple's example bitrates for H.264 at this height (HLS Authoring Specification 1.25), bits per second. */
  capsBitsPerSecond: readonly number[];
}

export const ladderSteps: readonly LadderStep[] = [
  { boxWidth: 416, boxHeight: 234, capsBitsPerSecond: [145_000] },
  { boxWidth: 640, boxHeight: 360, capsBitsPerSecond: [365_000] },
  { boxWidth: 768, boxHeight: 432, capsBitsPerSecond: [730_000, 1_100_000] },
  { boxWidth: 960, boxHeight: 540, capsBitsPerSecond: [2_000_000] },
  { boxWidth: 1280, boxHeight: 720, capsBitsPerSecond: [3_000_000, 4_500_000] },
  { boxWidth: 1920, boxHeight: 1080, capsBitsPerSecond: [6_000_000, 7_800_000] },
  { boxWidth: 2560, boxHeight: 1440, capsBitsPerSecond: [12_000_000] },
  { boxWidth: 3840, boxHeight: 2160, capsBitsPerSecond: [20_000_000] },
];

export interface RungSize {
  width: number;
  height: number;
  /** Lines of the ladder step it belongs to: what people call the rung. */
  stepHeight: number;
  capsBitsPerSecond: readonly number[];
}

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));

/**
 * The sizes a picture can be published at, ascending: every step it is not upscaled for, and its own size where that lies
 * between two steps. Widths follow the display aspect, to the nearest even pixel.
 */
export function rungSizes(picture: Pick<SourcePicture, 'displayWidth' | 'displayHeight'>): RungSize[] {
  const { displayWidth, displayHeight } = picture;
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
      capsBitsPerSecond: step.capsBitsPerSecond,
    });
    // The first step that holds the whole source is the last rung: larger ones would only be upscaled.
    if (scale >= 1) break;
  }
  return sizes;
}
