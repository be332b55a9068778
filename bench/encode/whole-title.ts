import { join } from 'node:path';
import type { Clip } from '#bench/encode/clips.js';
import { type FfmpegResult, runPlainFfmpeg } from '#bench/encode/run-ffmpeg.js';
import type { Plan } from '#core/contracts/plan.js';
import { makeMedia } from '#fixtures/media/make-media.js';
import { startSystem } from '#fixtures/system.js';
import { audioArguments } from '#workers/ffmpeg/audio-arguments.js';
import { defaultInputLimits, inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { processCpuSeconds } from '#workers/ffmpeg/process-cpu.js';
import { spanArguments } from '#workers/ffmpeg/span-arguments.js';

export interface TitleRun {
  /** From the upload's end to `ready`. */
  wallSeconds: number;
  /** Every ffmpeg that sampled or encoded, by its own account, and the worker process itself. */
  cpuSeconds: number;
}

export interface TitleRunOptions {
  slots: number;
  /** Threads of a slot; the worker's own choice where it is left out. */
  slotThreads?: number;
}

const maxMs = 3_600_000;
/** What is measured begins this long after what came before it. */
const restMs = 20_000;
/** Asking often would take CPU time of its own. */
const pollIntervalMs = 1_000;

/**
 * One title through the whole product, alone in it: real services, real Redis, a directory as storage. A film of a second
 * goes before it: what is measured is not how services start.
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
    const cpuBefore = await processCpuSeconds(worker.pid);
    const titleId = await system.upload(clip.path);
    const title = await system.waitFor(titleId, ['ready'], maxMs, pollIntervalMs);
    const { queued, ready } = title.enteredAt;
    if (queued === undefined || ready === undefined) throw new Error(`${clip.name} was never queued`);
    const wallSeconds = (Date.parse(ready) - Date.parse(queued)) / 1000;
    const workerCpuSeconds = (await processCpuSeconds(worker.pid)) - cpuBefore;
    const cpuSeconds = title.cpuSeconds + workerCpuSeconds;
    return { wallSeconds, cpuSeconds };
  } finally {
    await system.stop();
  }
}

/**
 * Virtual machines give idle memory back to their host, and getting it again costs CPU time, up to two seconds a gigabyte:
 * without a rest a run would pay or not by what ran before it.
 */
async function rest(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, restMs));
}

/** The yardstick: one ffmpeg that decodes the film once and makes the same rungs and sound with the same settings. */
export async function runReference(clip: Clip, plan: Plan, outputFolder: string): Promise<FfmpegResult> {
  const all = { first: 0, end: plan.grid.frameCount };
  const video = spanArguments(plan, all, plan.rungs, undefined);
  const audio = plan.audio
    .filter(({ streamIndex }) => streamIndex !== null)
    .map((rendition) => audioArguments(plan, rendition));
  await rest();
  return runPlainFfmpeg('ffmpeg', [
    ...[...video.input, ...inputArguments(plan.video.demuxer, defaultInputLimits)],
    ...['-i', clip.path, '-filter_complex', video.filterGraph],
    ...audio.flatMap(({ filterGraph }) => ['-filter_complex', filterGraph]),
    ...video.outputs.flatMap((options, index) => [...options, join(outputFolder, `${index}.mp4`)]),
    ...audio.flatMap(({ output }, index) => [...output, join(outputFolder, `sound-${index}.mp4`)]),
  ]);
}
