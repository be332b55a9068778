/**
 * Frames of a steady video lie this close to one grid, in frames; a time base of 1 ms shifts them by less at
 * any rate.
 */
const maxOffset = 0.1;

/**
 * How far after `start` the grid of the following frames lies, in frames, from -0.25 to 0.75; undefined if
 * they keep to no grid.
 */
export function findGridOffset(
  start: number,
  shownSeconds: Float64Array,
  framesPerSecond: number,
): number | undefined {
  const offsets = shownSeconds
    .subarray(1)
    .map((seconds) => (seconds - start) * framesPerSecond)
    // Rounds down: starting half a frame late neither drops nor duplicates a frame.
    .map((frames) => frames - Math.round(frames - 0.25));
  const middle = medianOf(offsets) ?? 0;
  // Half a frame early and half a frame late are the same point of the grid.
  const distance = (offset: number): number => Math.abs(offset - middle - Math.round(offset - middle));
  return offsets.every((offset) => distance(offset) < maxOffset) ? middle : undefined;
}

/** Whether every frame is a whole number of frames after the first one, even if some are left out. */
export function keepsToGrid(framesPerSecond: number, shownSeconds: Float64Array): boolean {
  const frames = shownSeconds.map((seconds) => (seconds - (shownSeconds[0] ?? seconds)) * framesPerSecond);
  return frames.length > 1 && frames.every((count) => Math.abs(count - Math.round(count)) < maxOffset);
}

/** Seconds from each frame to the next; empty for fewer than two frames. */
export const gapsBetween = (shownSeconds: Float64Array): Float64Array =>
  shownSeconds.subarray(1).map((seconds, index) => seconds - (shownSeconds[index] ?? seconds));

/** The upper median; undefined for no values. */
export const medianOf = (values: Float64Array): number | undefined =>
  Float64Array.from(values).sort()[Math.floor(values.length / 2)];

/**
 * Undefined for no values. `Math.max(...values)` would overflow the stack: a title has millions of frames.
 */
export const maxOf = (values: Float64Array): number | undefined =>
  values.length === 0 ? undefined : values.reduce((max, value) => Math.max(max, value));
