import { type Clip, makeLongClip } from '#bench/encode/clips.js';
import { startSystem } from '#fixtures/system.js';

export interface PlanTime {
  clipSeconds: number;
  /** Each run's time from the upload's end to the standing plan, seconds. */
  seconds: number[];
}

const runs = 5;

/** How long after its upload a title can be played, for a film of one minute and one of two hours made of the same clip. */
export async function measurePlanTimes(base: Clip, workFolder: string): Promise<PlanTime[]> {
  const clips = await Promise.all(
    [60, 7200].map(async (clipSeconds) => ({
      clipSeconds,
      clip: await makeLongClip(base, clipSeconds, workFolder),
    })),
  );
  const times = clips.map(({ clipSeconds }): PlanTime => ({ clipSeconds, seconds: [] }));
  // One after the other in turns: a change in the machine's load meets both alike.
  for (let run = 0; run < runs; run += 1) {
    for (const [index, { clip }] of clips.entries()) times[index]?.seconds.push(await timePlan(clip));
  }
  return times;
}

/** In a system of its own, so that no earlier title is still being encoded. */
async function timePlan(clip: Clip): Promise<number> {
  const system = await startSystem({ edges: 0, slots: 2 });
  try {
    const titleId = await system.upload(clip.path);
    const title = await system.waitFor(titleId, ['playable', 'ready'], 120_000);
    const { queued, playable } = title.enteredAt;
    if (queued === undefined || playable === undefined)
      throw new Error(`title ${titleId} has no time of being queued and playable`);
    return (Date.parse(playable) - Date.parse(queued)) / 1000;
  } finally {
    await system.stop();
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [lower, upper] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return ((lower ?? Number.NaN) + (upper ?? Number.NaN)) / 2;
}
