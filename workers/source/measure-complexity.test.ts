import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { samplePublication } from '#fixtures/sample-publication.js';
import type { Timeline } from '#planning/source/timeline.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import type { Scratch } from '#workers/scratch/scratch.js';
import { measureComplexity } from '#workers/source/measure-complexity.js';

it('measures one window more at a time than there are cores', async () => {
  let running = 0;
  let maxRunning = 0;
  const encode = async (): Promise<never> => {
    running += 1;
    maxRunning = Math.max(maxRunning, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    throw new FfmpegError('exited', 'ffmpeg ended with code 1', { log: '' });
  };
  const scratch = { withFolder: async (_: string, use: (folder: string) => Promise<unknown>) => use('/tmp') };
  const measured = measureComplexity(
    { ffmpeg: { encode }, scratch: scratch as unknown as Scratch },
    {
      path: '/source',
      video: samplePublication().plan.video,
      timeline: { durationSeconds: 60 } as Timeline,
    },
    new AbortController().signal,
  );
  await expect(measured).rejects.toMatchObject({ code: 'corrupt' });
  expect(maxRunning).toBe(Math.min(5, availableParallelism() + 1));
});
