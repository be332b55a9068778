import { availableParallelism } from 'node:os';
import { SourceRefusedError } from '#core/contracts/failure.js';
import type { SourceVideo } from '#core/contracts/plan.js';
import type { SizeSample } from '#planning/ladder/complexity.js';
import { type RungSize, rungSizes } from '#planning/ladder/rung-sizes.js';
import type { Timeline } from '#planning/source/timeline.js';
import type { FieldCounts } from '#workers/ffmpeg/run-log.js';
import {
  type MeasuredWindow,
  measureSampleWindow,
  type SamplingContext,
} from '#workers/source/measure-sample-window.js';

interface MeasuredComplexity {
  samples: SizeSample[];
  fields: FieldCounts;
  cpuSeconds: number;
}

interface MeasuredInput {
  path: string;
  video: SourceVideo;
  timeline: Timeline;
}

/** For a title of any length, so planning takes equally long. */
const maxSampleWindows = 5;
const minSecondsPerWindow = 4;
/** Greater heights are extrapolated from how the cost grows up to this one. */
const maxSampleHeight = 1080;
/** Steps of the ladder that are interpolated from the steps around them. */
const interpolatedSteps: ReadonlySet<number> = new Set([360, 540]);

/**
 * Measures how many bits a title needs: encodes a few short sample windows at up to four sizes.
 * Deterministic: the windows are fixed, and each encoder has one thread. Skips a window that cannot be
 * decoded; throws SourceRefusedError (`corrupt`) if none can.
 */
export async function measureComplexity(
  context: SamplingContext,
  { path, video, timeline }: MeasuredInput,
  signal: AbortSignal,
): Promise<MeasuredComplexity> {
  const sizes = sampleSizes(video);
  const starts = windowStarts(video, timeline);
  const results: (MeasuredWindow | undefined)[] = [];
  const queue = starts.entries();
  const lane = async (): Promise<void> => {
    for (const [index, startSeconds] of queue)
      results[index] = await measureSampleWindow(context, { path, video, startSeconds, sizes }, signal);
  };
  await Promise.all(Array.from({ length: Math.min(starts.length, laneCount()) }, lane));
  const measured = results.filter((result) => result !== undefined);
  if (measured.length === 0)
    throw new SourceRefusedError('corrupt', `none of ${starts.length} sample windows can be decoded`);
  return {
    samples: sizes.map(({ height }, index) => ({
      height,
      keyFrameBytes: measured.map((result) => result.sizes[index]?.keyFrameBytes ?? 0),
      interFrameBytes: measured.map((result) => result.sizes[index]?.interFrameBytes ?? 0),
    })),
    fields: sumFields(measured.map((result) => result.fields)),
    cpuSeconds: measured.reduce((sum, result) => sum + result.cpuSeconds, 0),
  };
}

/**
 * Windows measured at a time. One more than there are cores: five windows on two cores would leave one core
 * idle during the last of three rounds.
 */
const laneCount = (): number => availableParallelism() + 1;

/** Seconds from the title's start. A single window starts where the file does, without a seek: undefined. */
function windowStarts({ seeking }: SourceVideo, { durationSeconds }: Timeline): (number | undefined)[] {
  const count = Math.min(maxSampleWindows, Math.floor(durationSeconds / minSecondsPerWindow));
  if (seeking === 'none' || count <= 1) return [undefined];
  return Array.from({ length: count }, (_, index) => ((index + 0.5) / count) * durationSeconds);
}

/** The source's own size is always among them, unless it is greater than `maxSampleHeight`. */
function sampleSizes(video: SourceVideo): RungSize[] {
  const sizes = rungSizes(video);
  const low = sizes.filter(({ stepHeight }) => stepHeight <= maxSampleHeight);
  const sampled = low.filter((size) => size === low.at(-1) || !interpolatedSteps.has(size.stepHeight));
  return sampled.length === 0 ? sizes.slice(0, 1) : sampled;
}

function sumFields(counts: readonly FieldCounts[]): FieldCounts {
  const sum = { topFirst: 0, bottomFirst: 0, progressive: 0 };
  for (const count of counts) {
    sum.topFirst += count.topFirst;
    sum.bottomFirst += count.bottomFirst;
    sum.progressive += count.progressive;
  }
  return sum;
}
