/** A point of a chart. A `value` of undefined leaves a gap. */
export interface ChartPoint {
  atMs: number;
  value: number | undefined;
}

export interface ChartFrame {
  /** Times at the left and right edges. */
  fromMs: number;
  toMs: number;
  /** Value at the top edge; the bottom edge is zero. */
  top: number;
  width: number;
  height: number;
}

/** Returns the smallest of 1, 2, 5 × 10ⁿ that is at least `value`: a scale that changes rarely. */
export function chooseChartTop(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const decade = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * decade >= value) ?? 10;
  return factor * decade;
}

/** Converts values to decades above `floor`, for a logarithmic chart. Values below `floor` become 0. */
export function toDecades(points: readonly ChartPoint[], floor: number): ChartPoint[] {
  return points.map(({ atMs, value }) => ({
    atMs,
    value: value === undefined ? undefined : Math.log10(Math.max(value, floor) / floor),
  }));
}

/** Draws straight lines between points, as an SVG path. */
export function drawLine(points: readonly ChartPoint[], frame: ChartFrame): string {
  return drawPath(points, frame, (before, x, y) => (before === undefined ? `M${x} ${y}` : `L${x} ${y}`));
}

/** Draws a line that holds each value until the next one, as an SVG path. */
export function drawSteps(points: readonly ChartPoint[], frame: ChartFrame): string {
  return drawPath(points, frame, (before, x, y) => (before === undefined ? `M${x} ${y}` : `H${x}V${y}`));
}

/** Draws the area below the line, as an SVG path. Ignores gaps. */
export function drawArea(points: readonly ChartPoint[], frame: ChartFrame): string {
  const drawn = points.filter((point) => point.value !== undefined);
  const first = drawn[0];
  const last = drawn.at(-1);
  if (!first || !last) return '';
  const line = drawLine(drawn, frame).replace(/^M/, 'L');
  return `M${xOf(first.atMs, frame)} ${frame.height}${line}L${xOf(last.atMs, frame)} ${frame.height}Z`;
}

function drawPath(
  points: readonly ChartPoint[],
  frame: ChartFrame,
  draw: (before: ChartPoint | undefined, x: number, y: number) => string,
): string {
  let before: ChartPoint | undefined;
  let path = '';
  for (const point of points) {
    if (point.value === undefined) before = undefined;
    else {
      path += draw(before, xOf(point.atMs, frame), yOf(point.value, frame));
      before = point;
    }
  }
  return path;
}

function xOf(atMs: number, frame: ChartFrame): number {
  return tenth(((atMs - frame.fromMs) / (frame.toMs - frame.fromMs)) * frame.width);
}

function yOf(value: number, frame: ChartFrame): number {
  return tenth(frame.height - (Math.min(value, frame.top) / frame.top) * frame.height);
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
