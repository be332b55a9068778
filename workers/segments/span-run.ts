import { join } from 'node:path';
import type { Plan, VideoRung } from '#core/contracts/plan.js';
import { frameSeconds, spanFrames } from '#core/contracts/segment-grid.js';
import type { EncodeSpanTask } from '#core/contracts/task.js';
import { encodeMemoryBytes } from '#workers/ffmpeg/encode-memory.js';
import { inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { runPaths, type SandboxedRun } from '#workers/ffmpeg/launcher.js';
import type { FfmpegRun } from '#workers/ffmpeg/run-ffmpeg.js';
import { spanArguments } from '#workers/ffmpeg/span-arguments.js';
import { findSeek } from '#workers/source/find-seek.js';
import type { RunThreads, TaskContext } from '#workers/task-context.js';

/** CPU seconds a frame of one megapixel may take at most, all rungs of a slow preset included; 50 times what is usual. */
const cpuSecondsPerMegapixelFrame = 3;
const minCpuSeconds = 120;

/** The one run of ffmpeg that encodes a span for these rungs, and what it may use of the machine. */
export async function spanRun(
  context: TaskContext,
  plan: Plan,
  task: EncodeSpanTask,
  rungs: readonly VideoRung[],
  inputPath: string,
  folder: string,
): Promise<FfmpegRun> {
  const frames = spanFrames(plan.grid, task.span);
  const threads = ['-threads', String(threadsOf(context.threads, plan, task))];
  const seek = await findSeek(context, plan, frames.first, inputPath);
  const args = spanArguments(plan, frames, rungs, seek);
  const seconds = frameSeconds(plan.grid, frames.end - frames.first);
  const megapixels = (plan.video.codedWidth * plan.video.codedHeight) / 1e6;
  const cpuSeconds =
    minCpuSeconds + (frames.end - frames.first) * Math.max(0.3, megapixels) * cpuSecondsPerMegapixelFrame;
  const sandboxed: SandboxedRun = {
    program: 'ffmpeg',
    inputPath,
    outputDirectory: folder,
    limits: {
      cpuSeconds,
      addressSpaceBytes: encodeMemoryBytes(context.memoryBytes, rungs),
      fileBytes: Math.ceil(Math.max(...rungs.map((rung) => rung.capBitsPerSecond)) * (seconds + 60)),
    },
  };
  const paths = runPaths(context.sandbox, sandboxed);
  return {
    ...sandboxed,
    workingDirectory: folder,
    input: {
      path: paths.input,
      options: [
        ...args.input,
        ...threads,
        ...['-filter_complex_threads', threads[1] ?? '1'],
        ...inputArguments(plan.video.demuxer, context.inputLimits),
      ],
    },
    filterGraph: args.filterGraph,
    outputs: rungs.map((rung, index) => ({
      path: join(paths.output, `${rung.renditionId}.mp4`),
      options: [...(args.outputs[index] ?? []), ...threads],
    })),
  };
}

/**
 * Slots that all work fill the machine with `perSlot` threads each, which costs least: threads of one encoder wait for each
 * other. A title's last spans have no others behind them to fill the cores, and a waiting player's demand comes first.
 */
function threadsOf({ perSlot, max }: RunThreads, plan: Plan, { span, demand }: EncodeSpanTask): number {
  const spansAfter = plan.spans.filter(({ firstSegment }) => firstSegment > span.firstSegment).length;
  return demand === true || spansAfter < max / perSlot ? max : perSlot;
}
