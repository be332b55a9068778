/** `4 200 000` → `4.2 Mb/s`: decimal units, as bit rates are always told. */
export function formatBitRate(bitsPerSecond: number): string {
  if (!Number.isFinite(bitsPerSecond) || bitsPerSecond < 0) return '–';
  return scaled(bitsPerSecond, ['b/s', 'kb/s', 'Mb/s', 'Gb/s']);
}

/** Decimal bytes: `1.3 MB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return '–';
  return scaled(bytes, ['B', 'kB', 'MB', 'GB', 'TB']);
}

/**
 * Position or length as players show it: `0:07`, `52:10`, `2:03:04`. Parts of a second are cut, not rounded
 * up.
 */
export function formatTimecode(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–:––';
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const tail = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** A length said aloud: `20 seconds`, `1 minute 5 seconds`, `2 hours 3 minutes`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), 'hour'],
    [Math.floor(whole / 60) % 60, 'minute'],
    [whole % 60, 'second'],
  ];
  const said = parts.filter(([count]) => count > 0).slice(0, 2);
  if (said.length === 0) return 'under a second';
  return said.map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(' ');
}

export function formatSeconds(seconds: number): string {
  return Number.isFinite(seconds) && seconds >= 0 ? `${seconds.toFixed(1)} s` : '–';
}

/** Never says 100 % of work that is not done: a share is rounded down. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return '0 %';
  return `${Math.floor((Math.min(Math.max(part, 0), whole) / whole) * 100)} %`;
}

function scaled(value: number, units: readonly string[]): string {
  let step = 0;
  let rest = value;
  // 999.5 would be shown as 1000: it goes up to the next unit instead.
  while (rest >= 999.5 && step < units.length - 1) {
    rest /= 1000;
    step += 1;
  }
  const digits = step === 0 || rest >= 99.95 ? 0 : 1;
  return `${rest.toFixed(digits)} ${units[step]}`;
}
