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
