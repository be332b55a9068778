import type { JSX } from 'preact';
import {
  type ChartFrame,
  type ChartPoint,
  chooseChartTop,
  drawArea,
  drawLine,
  drawSteps,
  toDecades,
} from '#web/telemetry/draw-line.js';
import { type Sample, windowMs } from '#web/telemetry/telemetry.js';
import { formatBitRate, formatSeconds } from '#web/words/format-figures.js';

const width = 300;
const height = 56;
/** Bits per second at the bottom. Logarithmic: throughput may be 500 times the bit rate of the video. */
const floor = 100_000;
const minTop = 10_000_000;

/** Charts of the last minute: throughput and the bit rate on screen, and the buffer. */
export function TelemetryChart({ samples }: { samples: readonly Sample[] }): JSX.Element {
  const toMs = samples.at(-1)?.atMs ?? windowMs;
  const time = { fromMs: toMs - windowMs, toMs, width, height };
  return (
    <section class="block charts">
      <h2>The last minute</h2>
      <BitRateChart samples={samples} time={time} />
      <BufferChart samples={samples} time={time} />
    </section>
  );
}

type Time = Omit<ChartFrame, 'top'>;

function BitRateChart({ samples, time }: { samples: readonly Sample[]; time: Time }): JSX.Element {
  const throughput = samples.map(({ atMs, throughputBitsPerSecond: value }) => ({ atMs, value }));
  const rendition = samples.map(({ atMs, renditionBitsPerSecond: value }) => ({ atMs, value }));
  const fastest = Math.max(minTop, ...throughput.map(({ value }) => value ?? 0));
  const decades = Math.ceil(Math.log10(fastest / floor));
  const frame = { ...time, top: decades };
  return (
    <figure class="chart">
      <figcaption>
        <span class="key key-throughput">Throughput</span>
        <span class="key key-rendition">Bit rate on screen</span>
        <span class="chart-top">{`${formatBitRate(floor)} to ${formatBitRate(floor * 10 ** decades)}`}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Throughput ${formatLatest(throughput)}, bit rate on screen ${formatLatest(rendition)}`}
      >
        <Grid rows={decades} />
        <path class="line line-throughput" d={drawLine(toDecades(throughput, floor), frame)} />
        <path class="line line-rendition" d={drawSteps(toDecades(rendition, floor), frame)} />
      </svg>
    </figure>
  );
}

function formatLatest(points: readonly ChartPoint[]): string {
  return formatBitRate(points.at(-1)?.value ?? 0);
}

function BufferChart({ samples, time }: { samples: readonly Sample[]; time: Time }): JSX.Element {
  const buffer = samples.map(({ atMs, bufferSeconds: value }) => ({ atMs, value }));
  const frame = {
    ...time,
    top: Math.max(10, chooseChartTop(Math.max(0, ...buffer.map(({ value }) => value)))),
  };
  return (
    <figure class="chart">
      <figcaption>
        <span class="key key-buffer">Buffer</span>
        <span class="chart-top">0 to {frame.top} s</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Buffer ${formatSeconds(buffer.at(-1)?.value ?? 0)}`}
      >
        <Grid rows={2} />
        <path class="area" d={drawArea(buffer, frame)} />
        <path class="line line-buffer" d={drawLine(buffer, frame)} />
      </svg>
    </figure>
  );
}

function Grid({ rows }: { rows: number }): JSX.Element {
  const lines = Array.from({ length: rows + 1 }, (_, row) => `M0 ${(row * height) / rows}H${width}`);
  return <path class="grid" d={lines.join('')} />;
}
