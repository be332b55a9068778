import { join } from 'node:path';
import type { Plan, VideoRung } from '#core/contracts/plan.js';
import { frameSeconds, spanFrames } from '#core/contracts/segment-grid.js';
import type { EncodeSpanTask } from '#core/contracts/task.js';
import { av1MemoryBytes } from '#workers/ffmpeg/encode-memory.js';
import type { EncodeRun, Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { spanArguments } from '#workers/ffmpeg/span-arguments.js';
import { findSeek } from '#workers/source/find-seek.js';

/** CPU seconds a frame of one megapixel may take at most, all rungs of a slow preset included; 50 times what is usual. */
const cpuSecondsPerMegapixelFrame = 3;
const minCpuSeconds = 120;

/** Threads of each decoder and encoder of one ffmpeg run. */
export interface RunThreads {
  /** For a run in every slot: all slots together fill the machine once. */
  perSlot: number;
  /** For a run that must end soon, or that runs alone. */
  max: number;
}

/** The one run of ffmpeg that encodes a span for these rungs, and what it may use of the machine. */
export async function spanRun(
  context: { ffmpeg: Pick<Ffmpeg, 'probe'>; threads: RunThreads },
  plan: Plan,
  task: EncodeSpanTask,
  rungs: readonly VideoRung[],
  inputPath: string,
  folder: string,
): Promise<Omit<EncodeRun, 'signal'>> {
  const frames = spanFrames(plan.grid, task.span);
  const threads = ['-threads', String(threadsOf(context.threads, plan, task))];
  const seek = await findSeek(context.ffmpeg, plan, frames.first, inputPath);
  const args = spanArguments(plan, frames, rungs, seek);
  const seconds = frameSeconds(plan.grid, frames.end - frames.first);
  const megapixels = (plan.video.codedWidth * plan.video.codedHeight) / 1e6;
  const cpuSeconds =
    minCpuSeconds + (frames.end - frames.first) * Math.max(0.3, megapixels) * cpuSecondsPerMegapixelFrame;
  return {
    folder,
    inputs: [
      {
        kind: 'source',
        path: inputPath,
        demuxer: plan.video.demuxer,
        options: [...args.input, ...threads, ...['-filter_complex_threads', threads[1] ?? '1']],
      },
    ],
    graph: args.filterGraph,
    outputs: rungs.map((rung, index) => ({
      path: join(folder, `${rung.renditionId}.mp4`),
      options: [...(args.outputs[index] ?? []), ...threads],
    })),
    limits: {
      cpuSeconds,
      fileBytes: Math.ceil(Math.max(...rungs.map((rung) => rung.capBitsPerSecond)) * (seconds + 60)),
      extraMemoryBytes: av1MemoryBytes(rungs),
    },
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
