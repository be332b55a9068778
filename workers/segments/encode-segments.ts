import { join } from 'node:path';
import type { Plan, SegmentRange, VideoRung } from '#core/contracts/plan.js';
import { initFile, segmentFile, videoPrefix } from '#core/contracts/publication-layout.js';
import { type FrameRange, frameSeconds, rangeFrames } from '#core/contracts/segment-grid.js';
import type { SegmentFacts } from '#core/contracts/task.js';
import { av1MemoryBytes, encodeRuns } from '#workers/ffmpeg/encode-memory.js';
import type { EncodeRun, Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { cpuSecondsOf } from '#workers/ffmpeg/ffmpeg-error.js';
import type { PriorityOf } from '#workers/ffmpeg/run-priority.js';
import { spanArguments } from '#workers/ffmpeg/span-arguments.js';
import { urgentEncoderArguments } from '#workers/ffmpeg/urgent-encoder-arguments.js';
import type { Scratch } from '#workers/scratch/scratch.js';
import { RungOutput, type SegmentSink } from '#workers/segments/rung-output.js';
import { SerialRunner } from '#workers/segments/serial-runner.js';
import { checkDamage } from '#workers/source/check-damage.js';
import { findSeek } from '#workers/source/find-seek.js';

/** What encoding segments needs of a worker. */
export interface EncodingContext extends SegmentSink {
  ffmpeg: Ffmpeg;
  scratch: Scratch;
}

/** Consecutive segments to encode for a set of rungs. */
export interface SegmentWork {
  plan: Plan;
  range: SegmentRange;
  rungs: readonly VideoRung[];
  /** Threads of each decoder and encoder. */
  threads: number;
  priority: PriorityOf;
  /**
   * Somebody waits for every segment: encodes faster at a lower quality, and reads ffmpeg's output 20 times a
   * second instead of twice, at its progress reports.
   */
  isUrgent?: boolean;
  /** Called once with ffmpeg's first output. */
  onStarted?: () => void;
  /** Ends the run early when it aborts: complete segments are stored, the rest is left to other tasks. */
  ended?: AbortSignal;
}

export interface EncodedSegments {
  /** Facts of the segments that this call stored, by rendition id. Other attempts stored the rest. */
  facts: ReadonlyMap<string, readonly SegmentFacts[]>;
  cpuSeconds: number;
}

/** Limit on CPU time per full-rate megapixel frame, for all rungs of a slow preset: 50 times the usual. */
const cpuSecondsPerMegapixelFrame = 3;
const minCpuSeconds = 120;
const urgentPollMs = 50;

/**
 * Encodes segments and stores each as soon as it is complete. One ffmpeg run encodes all rungs, or several
 * runs if one would need too much memory. Skips rungs whose segments are all stored, and the segments at both
 * ends of the range that all other rungs have: an attempt that follows a killed one starts where that ended.
 */
export async function encodeSegments(
  context: EncodingContext,
  work: SegmentWork,
  signal: AbortSignal,
): Promise<EncodedSegments> {
  const facts = new Map<string, readonly SegmentFacts[]>();
  let cpuSeconds = 0;
  const missing = await findMissing(context, work);
  for (const rungs of encodeRuns(missing.rungs)) {
    const run = { ...work, range: missing.range, rungs };
    cpuSeconds += await context.scratch.withFolder('span', async (folder) => {
      const outputs = rungs.map(
        (rung) => new RungOutput(context, { ...run, rung }, outputPath(folder, rung)),
      );
      try {
        const used = await runOnce(context, run, outputs, folder, signal);
        for (const { renditionId, storedFacts } of outputs) facts.set(renditionId, storedFacts);
        return used;
      } finally {
        await Promise.all(outputs.map((output) => output.close()));
      }
    });
  }
  return { facts, cpuSeconds };
}

const outputPath = (folder: string, { renditionId }: VideoRung): string => join(folder, `${renditionId}.mp4`);

/** Finds the rungs that lack their init segment or any segment of the range, and the range that they lack. */
async function findMissing(
  { store }: Pick<EncodingContext, 'store'>,
  { plan, range, rungs }: SegmentWork,
): Promise<Pick<SegmentWork, 'rungs' | 'range'>> {
  const { firstSegment, segmentCount } = range;
  const indexes = Array.from({ length: segmentCount }, (_, index) => firstSegment + index);
  const found = await Promise.all(
    rungs.map(async (rung) => {
      const folder = videoPrefix(plan.publicationId, rung.renditionId);
      // `after` is exclusive, so it names a key that sorts right before the first segment.
      const after = `${folder}${segmentFile(firstSegment)}`.slice(0, -1);
      const { objects } = await store.list(folder, { after, limit: segmentCount });
      const stored = new Set(objects.map(({ key }) => key));
      const init = await store.head(`${folder}${initFile}`);
      return { rung, missing: indexes.filter((index) => !init || !stored.has(folder + segmentFile(index))) };
    }),
  );
  const lacking = found.filter(({ missing }) => missing.length > 0);
  const first = Math.min(...lacking.map(({ missing }) => missing.at(0) ?? Number.POSITIVE_INFINITY));
  const last = Math.max(...lacking.map(({ missing }) => missing.at(-1) ?? Number.NEGATIVE_INFINITY));
  return {
    rungs: lacking.map(({ rung }) => rung),
    range: { firstSegment: first, segmentCount: last - first + 1 },
  };
}

/** Resolves to the CPU time that ffmpeg used, seconds. */
async function runOnce(
  context: EncodingContext,
  work: SegmentWork,
  outputs: readonly RungOutput[],
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  const { plan, range } = work;
  const source = await context.store.openSource(plan.source.key, context.scratch.directory);
  const failed = new AbortController();
  let isReported = false;
  const reportStart = (): void => {
    if (!isReported) work.onStarted?.();
    isReported = true;
  };
  const storing = new SerialRunner(
    async () => {
      for (const output of outputs) {
        await output.storeNew();
        if (output.hasBegun) reportStart();
      }
    },
    () => failed.abort(),
  );
  const timer = work.isUrgent ? setInterval(() => storing.request(), urgentPollMs) : undefined;
  try {
    const frames = rangeFrames(plan.grid, range);
    const seek = await findSeek(context.ffmpeg, plan, {
      firstFrame: frames.first,
      inputPath: source.path,
      priority: work.priority,
    });
    const figures = await context.ffmpeg
      .encode({
        ...describeRun(work, frames, seek, source.path, folder),
        signal: AbortSignal.any([signal, failed.signal, ...(work.ended ? [work.ended] : [])]),
        onProgress: () => storing.request(),
      })
      .catch(async (error: unknown) => {
        // If our own refusal of the output stopped ffmpeg, that refusal is the error to report.
        await storing.settle();
        if (work.ended?.aborted && !signal.aborted) return cpuSecondsOf(error);
        throw error;
      });
    storing.request();
    await storing.settle();
    if (typeof figures === 'number') return figures;
    for (const output of outputs) output.checkComplete(figures);
    checkDamage(figures, plan, frames);
    return figures.cpuSeconds;
  } finally {
    clearInterval(timer);
    await source.release();
  }
}

function describeRun(
  { plan, rungs, threads, priority, isUrgent = false }: SegmentWork,
  frames: FrameRange,
  seek: number | undefined,
  sourcePath: string,
  folder: string,
): Omit<EncodeRun, 'signal'> {
  const { input, filterGraph, outputs } = spanArguments(plan, frames, rungs, seek);
  const { codedWidth, codedHeight, demuxer } = plan.video;
  const frameCount = frames.end - frames.first;
  const megapixels = Math.max(0.3, (codedWidth * codedHeight) / 1e6);
  const maxBitsPerSecond = Math.max(...rungs.map(({ capBitsPerSecond }) => capBitsPerSecond));
  const threadOptions = ['-threads', String(threads)];
  return {
    priority,
    folder,
    inputs: [
      {
        kind: 'source',
        path: sourcePath,
        demuxer,
        options: [...input, ...threadOptions, '-filter_complex_threads', String(threads)],
      },
    ],
    graph: filterGraph,
    outputs: rungs.map((rung, index) => ({
      path: outputPath(folder, rung),
      options: [
        ...(outputs[index] ?? []),
        ...(isUrgent ? urgentEncoderArguments(rung) : []),
        ...threadOptions,
      ],
    })),
    limits: {
      cpuSeconds: minCpuSeconds + frameCount * megapixels * cpuSecondsPerMegapixelFrame,
      // Bits per second as bytes per second: eight times the cap, for a minute more than the range lasts.
      fileBytes: Math.ceil(maxBitsPerSecond * (frameSeconds(plan.grid, frameCount) + 60)),
      extraMemoryBytes: av1MemoryBytes(rungs),
    },
  };
}
