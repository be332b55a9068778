import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { titleIdSchema } from '#core/contracts/ids.js';
import { defaultSourceLimits } from '#planning/source/source-limits.js';
import { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { defaultInputLimits } from '#workers/ffmpeg/input-arguments.js';
import { Scratch } from '#workers/scratch/scratch.js';
import { type PlannedSource, type PlanningContext, planSource } from '#workers/source/plan-source.js';

export interface Planning {
  plan(path: string): Promise<PlannedSource>;
  close(): Promise<void>;
}

/** Opens a worker's planning without queue and storage: the same probe, sandbox, samples and ladder. */
export async function openPlanning(workFolder: string): Promise<Planning> {
  await mkdir(workFolder, { recursive: true });
  const scratch = await Scratch.open(join(workFolder, 'scratch'));
  const ffmpeg = await Ffmpeg.open({
    ffmpeg: 'ffmpeg',
    ffprobe: 'ffprobe',
    path: process.env.PATH ?? '',
    sandbox: 'auto',
    niceLevel: 0,
    memoryBytes: 8 * 2 ** 30,
    inputLimits: defaultInputLimits,
    launcherFolder: scratch.directory,
  });
  const context: PlanningContext = { ffmpeg, scratch, sourceLimits: defaultSourceLimits };
  const title = {
    titleId: titleIdSchema.parse('00000000-0000-7000-8000-000000000000'),
    generation: 1,
    settings: { codecs: ['h264' as const], ladder: 'standard' as const },
  };
  return {
    plan: (path) =>
      planSource(context, { ...title, source: { key: path, bytes: 0 } }, path, new AbortController().signal),
    close: () => scratch.close(),
  };
}
