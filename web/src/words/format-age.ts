const steps: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, 'second'],
  [60, 'minute'],
  [24, 'hour'],
  [30, 'day'],
  [12, 'month'],
  [Number.POSITIVE_INFINITY, 'year'],
];

/** Writes the age of a time in its largest unit, such as `3 hours ago`. A future time is `just now`. */
export function formatAge(thenMs: number, nowMs: number): string {
  if (!Number.isFinite(thenMs)) return 'at an unknown time';
  let amount = Math.floor(Math.max(nowMs - thenMs, 0) / 1000);
  if (amount < 45) return 'just now';
  for (const [size, unit] of steps) {
    if (amount < size) return new Intl.RelativeTimeFormat('en').format(-Math.floor(amount), unit);
    amount /= size;
  }
  return 'long ago';
}
