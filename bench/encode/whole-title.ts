import { join } from 'node:path';
import type { Clip } from '#bench/encode/clips.js';
import { type FfmpegResult, runPlainFfmpeg } from '#bench/encode/run-ffmpeg.js';
import type { Plan } from '#core/contracts/plan.js';
import { makeMedia } from '#fixtures/media/make-media.js';
import { startSystem } from '#fixtures/system.js';
import { audioArguments, audioSourceOf } from '#workers/ffmpeg/audio-arguments.js';
import { defaultInputLimits, inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { processCpuSeconds } from '#workers/ffmpeg/process-cpu.js';
import { spanArguments } from '#workers/ffmpeg/span-arguments.js';

export interface TitleRun {
  /** From the end of the upload to `ready`. */
  wallSeconds: number;
  /** All ffmpeg runs, as they report it, plus the worker process. */
  cpuSeconds: number;
}

export interface TitleRunOptions {
  slots: number;
  /** Threads per slot. Absent: the worker's default. */
  slotThreads?: number;
}

const maxMs = 3_600_000;
/** Rest before each measured run. */
const restMs = 20_000;
/** Frequent polling would cost CPU time. */
const pollIntervalMs = 1_000;

/**
 * Runs one title through the whole product with real services, real Redis and a directory as storage. A clip
 * of one second goes first, so that the start of the services is not measured.
 */
export async function runTitle(clip: Clip, options: TitleRunOptions): Promise<TitleRun> {
  const system = await startSystem({
    edges: 0,
    slots: options.slots,
    environment: {
      MILLRACE_FFMPEG_NICE: '0',
      ...(options.slotThreads === undefined ? {} : { MILLRACE_SLOT_THREADS: String(options.slotThreads) }),
    },
  });
  try {
    const worker = system.services.get('worker');
    if (!worker) throw new Error('the system has no worker');
    await system.waitFor(await system.upload(await makeMedia('tiny')), ['ready']);
    await rest();
    const cpuBefore = processCpuSeconds(worker.pid);
    const titleId = await system.upload(clip.path);
    const title = await system.waitFor(titleId, ['ready'], maxMs, pollIntervalMs);
    const { queued, ready } = title.enteredAt;
    if (queued === undefined || ready === undefined) throw new Error(`${clip.name} was never queued`);
    const wallSeconds = (Date.parse(ready) - Date.parse(queued)) / 1000;
    const workerCpuSeconds = processCpuSeconds(worker.pid) - cpuBefore;
    const cpuSeconds = title.cpuSeconds + workerCpuSeconds;
    return { wallSeconds, cpuSeconds };
  } finally {
    await system.stop();
  }
}

/**
 * Waits until the machine is at rest. A virtual machine returns idle memory to its host, and getting it back
 * costs up to two CPU seconds per gigabyte, so without the rest the cost of a run would depend on what ran
 * before it.
 */
async function rest(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, restMs));
}

/**
 * Runs the yardstick: one ffmpeg that decodes once and makes the same rungs and audio with the same settings.
 */
export async function runReference(clip: Clip, plan: Plan, outputFolder: string): Promise<FfmpegResult> {
  const all = { first: 0, end: plan.grid.frameCount };
  const video = spanArguments(plan, all, plan.rungs, undefined);
  const audio = plan.audio
    .filter(({ streamIndex }) => streamIndex !== null)
    .map((rendition) => audioArguments(plan.grid, audioSourceOf(plan, rendition), rendition));
  await rest();
  return runPlainFfmpeg('ffmpeg', [
    ...[...video.input, ...inputArguments(plan.video.demuxer, defaultInputLimits)],
    ...['-i', clip.path, '-filter_complex', video.filterGraph],
    ...audio.flatMap(({ filterGraph }) => ['-filter_complex', filterGraph]),
    ...video.outputs.flatMap((options, index) => [...options, join(outputFolder, `${index}.mp4`)]),
    ...audio.flatMap(({ output }, index) => [...output, join(outputFolder, `audio-${index}.mp4`)]),
  ]);
}
