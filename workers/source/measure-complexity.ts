import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { SourceRefusedError } from '#core/contracts/failure.js';
import type { SourceVideo } from '#core/contracts/plan.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { type SizeSample, sampleCrf } from '#planning/ladder/complexity.js';
import { type RungSize, rungSizes } from '#planning/ladder/rung-sizes.js';
import type { Timeline } from '#planning/source/timeline.js';
import type { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import type { FieldCounts } from '#workers/ffmpeg/run-log.js';
import type { Scratch } from '#workers/scratch/scratch.js';
import { fieldDetector } from '#workers/source/detect-interlacing.js';

interface SamplingContext {
  ffmpeg: Pick<Ffmpeg, 'encode'>;
  scratch: Scratch;
}

export interface Measured {
  samples: SizeSample[];
  fields: FieldCounts;
  cpuSeconds: number;
}

/** Places looked at, whatever the title's length. */
const maxSampleWindows = 5;
/**
 * Frames of one place at most: fast sources are no more complex for being fast. Twice as many cost nearly twice as much and
 * move what is measured by 5 % at most.
 */
const maxFrames = 16;
/** However far apart its frames are. */
const maxSampleWindowSeconds = 30;
/** Sizes above this are extrapolated: what they cost follows from how the cost grew up to here. */
const tallestSample = 1080;
/** Steps of the ladder between two others that are measured. */
const interpolatedSteps: ReadonlySet<number> = new Set([360, 540]);
const maxCpuSeconds = 120;

/**
 * Encodes a few short places of the title at four sizes, fast, to learn what it costs. Deterministic: one thread an
 * encoder, fixed places. A place that cannot be decoded is passed over; when none can, the source is `corrupt`.
 */
export async function measureComplexity(
  context: SamplingContext,
  inputPath: string,
  video: SourceVideo,
  timeline: Timeline,
  signal: AbortSignal,
): Promise<Measured> {
  const sizes = sampleSizes(video);
  const count =
    video.seeking === 'none'
      ? 1
      : Math.max(1, Math.min(maxSampleWindows, Math.floor(timeline.durationSeconds / 4)));
  const sampleWindows = Array.from(
    { length: count },
    (_, index) => ((index + 0.5) / count) * timeline.durationSeconds,
  );
  const results: (SampleResult | undefined)[] = [];
  const queue = sampleWindows.entries();
  const lane = async (): Promise<void> => {
    for (const [index, seconds] of queue) {
      results[index] = await measureSampleWindow(
        context,
        inputPath,
        video,
        count === 1 ? undefined : seconds,
        sizes,
        signal,
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, availableParallelism()) }, lane));
  const found = results.filter((result) => result !== undefined);
  if (found.length === 0)
    throw new SourceRefusedError('corrupt', `none of ${count} places in the picture can be decoded`);
  return {
    samples: sizes.map(({ height }, index) => ({
      height,
      keyFrameBytes: found.map((result) => result.sizes[index]?.keyFrameBytes ?? 0),
      interFrameBytes: found.map((result) => result.sizes[index]?.interFrameBytes ?? 0),
    })),
    fields: sumFields(found.map((result) => result.fields)),
    cpuSeconds: found.reduce((sum, result) => sum + result.cpuSeconds, 0),
  };
}

/** The picture's own size is always among them, unless it is above what is sampled at all. */
function sampleSizes(video: SourceVideo): RungSize[] {
  const sizes = rungSizes(video);
  const low = sizes.filter(({ stepHeight }) => stepHeight <= tallestSample);
  const sampled = low.filter((size) => size === low.at(-1) || !interpolatedSteps.has(size.stepHeight));
  return sampled.length === 0 ? sizes.slice(0, 1) : sampled;
}

interface SampleResult {
  sizes: { keyFrameBytes: number; interFrameBytes: number }[];
  fields: FieldCounts;
  cpuSeconds: number;
}

async function measureSampleWindow(
  context: SamplingContext,
  inputPath: string,
  video: SourceVideo,
  /** From the title's start; undefined to begin at the file's: seeks to there fail in FLV. */
  seconds: number | undefined,
  sizes: readonly RungSize[],
  signal: AbortSignal,
): Promise<SampleResult | undefined> {
  return context.scratch.withFolder('sample', async (folder) => {
    const seek = video.originSeconds - video.containerStartSeconds + (seconds ?? 0);
    try {
      const figures = await context.ffmpeg.encode({
        folder,
        inputs: [
          {
            kind: 'source',
            path: inputPath,
            demuxer: video.demuxer,
            options: [
              ...['-noaccurate_seek', '-reinit_filter', '0'],
              ...(seconds !== undefined && seek > 0 ? ['-ss', seek.toFixed(3)] : []),
            ],
          },
        ],
        graph: sampleGraph(video, sizes),
        outputs: sizes.map((_, index) => ({
          path: join(folder, `${index}.mp4`),
          options: sampleOptions(index),
        })),
        limits: { cpuSeconds: maxCpuSeconds, fileBytes: 64 * 2 ** 20 },
        signal,
      });
      const files = await Promise.all(sizes.map((_, index) => readFile(join(folder, `${index}.mp4`))));
      const measured = files.map(frameBytes);
      if (measured.some((sizes) => sizes === undefined)) return undefined;
      return {
        sizes: measured.filter((size) => size !== undefined),
        fields: figures.fields,
        cpuSeconds: figures.cpuSeconds,
      };
    } catch (error) {
      if (
        error instanceof FfmpegError &&
        ['exited', 'undecodable', 'no_memory', 'killed', 'deadline'].includes(error.code)
      )
        return undefined;
      throw error;
    }
  });
}

function sampleGraph(video: SourceVideo, sizes: readonly RungSize[]): string {
  const names = sizes.map((_, index) => `[s${index}]`).join('');
  const split = `[0:${video.streamIndex}]${fieldDetector},trim=end_frame=${maxFrames},split=${sizes.length}${names}`;
  const branches = sizes.map(
    ({ width, height }, index) =>
      `[s${index}]scale=w=${width}:h=${height}:flags=bicubic,format=yuv420p[v${index}]`,
  );
  return [split, ...branches].join(';');
}

function sampleOptions(index: number): string[] {
  return [
    ...['-map', `[v${index}]`, '-c:v', 'libx264', '-preset', 'superfast', '-crf', String(sampleCrf)],
    // Macroblock trees are what makes the cost at a rate factor that of slower presets, whatever the content.
    ...['-x264-params', 'mbtree=1:rc-lookahead=20'],
    ...['-threads', '1', '-g', '600', '-sc_threshold', '0', '-vsync', 'passthrough'],
    ...['-frames:v', String(maxFrames), '-t', String(maxSampleWindowSeconds), '-fs', String(32 * 2 ** 20)],
    ...['-map_metadata', '-1', '-movflags', '+empty_moov+default_base_moof', '-f', 'mp4'],
  ];
}

function frameBytes(file: Buffer): { keyFrameBytes: number; interFrameBytes: number } | undefined {
  const frames: number[] = [];
  for (const item of new FragmentSplitter().push(file)) {
    if (item.kind === 'fragment') frames.push(...item.samples.map((sample) => sample.bytes));
  }
  const [keyFrameBytes, ...rest] = frames;
  if (keyFrameBytes === undefined) return undefined;
  return {
    keyFrameBytes,
    interFrameBytes: rest.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, rest.length),
  };
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
