import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { runPlainFfmpeg } from '#bench/encode/run-ffmpeg.js';
import type { RungFile } from '#bench/encode/rung-files.js';
import type { Plan } from '#core/contracts/plan.js';
import { colourFilters } from '#workers/ffmpeg/colour-filters.js';
import { compareFilters } from '#workers/ffmpeg/compare-filters.js';
import { defaultInputLimits, inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { gridFilters } from '#workers/ffmpeg/span-arguments.js';

/** Scores every n-th frame: the mean hardly changes, the time does. */
const frameInterval = 5;

/** Makes the reference: the grid's frames at full size, lossless. */
export async function makeReference(plan: Plan, sourcePath: string, path: string): Promise<void> {
  const { displayWidth: width, displayHeight: height, streamIndex, demuxer } = plan.video;
  const shown = colourFilters(plan.video, { width, height, videoRange: 'SDR' }).join(',');
  const all = { first: 0, end: plan.grid.frameCount };
  await runPlainFfmpeg('ffmpeg', [
    ...['-copyts', ...inputArguments(demuxer, defaultInputLimits), '-i', sourcePath],
    '-filter_complex',
    `[0:${streamIndex}]${gridFilters(plan, all)},${shown}[v]`,
    ...['-map', '[v]', '-vsync', 'passthrough', '-frames:v', String(plan.grid.frameCount)],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '0', path],
  ]);
}

/** Measures VMAF (default model, 0 to 100) of a rung against the reference. */
export async function measureVmaf(
  vmafProgram: string,
  plan: Plan,
  referencePath: string,
  file: Pick<RungFile, 'rung' | 'path'>,
): Promise<number> {
  const judge = `libvmaf=n_subsample=${frameInterval}:n_threads=${availableParallelism()}:shortest=1`;
  const result = await runPlainFfmpeg(vmafProgram, [
    ...['-i', referencePath, '-i', file.path, '-filter_complex'],
    `${compareFilters(plan.video, file.rung)};[shown][source]${judge}[out]`,
    ...['-map', '[out]', '-f', 'null', '-'],
  ]);
  const score = /VMAF score: ([\d.]+)/.exec(result.log)?.[1];
  if (score === undefined)
    throw new Error(`${vmafProgram} gave no VMAF score: does it have libvmaf? ${result.log.slice(-500)}`);
  await rm(file.path);
  return Number(score);
}
