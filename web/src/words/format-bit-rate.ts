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
