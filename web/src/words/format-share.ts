/** Writes a share in percent, rounded down: unfinished work never reads 100 %. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return '0 %';
  return `${Math.floor((Math.min(Math.max(part, 0), whole) / whole) * 100)} %`;
}
