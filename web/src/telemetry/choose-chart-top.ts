/** Returns the smallest of 1, 2, 5 × 10ⁿ that is at least `value`: a scale that changes rarely. */
export function chooseChartTop(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const decade = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * decade >= value) ?? 10;
  return factor * decade;
}
