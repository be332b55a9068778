/** Writes a duration for screen readers: `20 seconds`, `1 minute 5 seconds`, `2 hours 3 minutes`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), 'hour'],
    [Math.floor(whole / 60) % 60, 'minute'],
    [whole % 60, 'second'],
  ];
  const shown = parts.filter(([count]) => count > 0).slice(0, 2);
  if (shown.length === 0) return 'under a second';
  return shown.map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(' ');
}

/** Writes a position or duration as players do: `0:07`, `52:10`, `2:03:04`. Rounds down to whole seconds. */
export function formatTimecode(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–:––';
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const tail = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

export function formatSeconds(seconds: number): string {
  return Number.isFinite(seconds) && seconds >= 0 ? `${seconds.toFixed(1)} s` : '–';
}

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

/** Writes a bit rate in decimal units: 4,200,000 is `4.2 Mb/s`. */
export function formatBitRate(bitsPerSecond: number): string {
  if (!Number.isFinite(bitsPerSecond) || bitsPerSecond < 0) return '–';
  return formatScaled(bitsPerSecond, ['b/s', 'kb/s', 'Mb/s', 'Gb/s']);
}

/** Writes an amount of data in decimal units: `1.3 MB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return '–';
  return formatScaled(bytes, ['B', 'kB', 'MB', 'GB', 'TB']);
}

function formatScaled(value: number, units: readonly string[]): string {
  let step = 0;
  let scaled = value;
  // 999.5 would round to 1000, so it moves up to the next unit.
  while (scaled >= 999.5 && step < units.length - 1) {
    scaled /= 1000;
    step += 1;
  }
  const digits = step === 0 || scaled >= 99.95 ? 0 : 1;
  return `${scaled.toFixed(digits)} ${units[step]}`;
}

/** Writes a share in percent, rounded down: unfinished work never reads 100 %. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return '0 %';
  return `${Math.floor((Math.min(Math.max(part, 0), whole) / whole) * 100)} %`;
}
