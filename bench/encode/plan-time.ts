import { type Clip, makeLongClip } from '#bench/encode/clips.js';
import { startSystem } from '#fixtures/system.js';

export interface PlanTime {
  clipSeconds: number;
  /** Seconds from the end of the upload to the stored plan, per run. */
  seconds: number[];
}

const runs = 5;

/**
 * Measures the time from upload to playable for titles of one minute and of two hours made from the same
 * clip.
 */
export async function measurePlanTimes(base: Clip, workFolder: string): Promise<PlanTime[]> {
  const clips = await Promise.all(
    [60, 7200].map(async (clipSeconds) => ({
      clipSeconds,
      clip: await makeLongClip(base, clipSeconds, workFolder),
    })),
  );
  const times = clips.map(({ clipSeconds }): PlanTime => ({ clipSeconds, seconds: [] }));
  // Alternates between them, so that changes in the machine's load affect both alike.
  for (let run = 0; run < runs; run += 1) {
    for (const [index, { clip }] of clips.entries()) times[index]?.seconds.push(await timePlan(clip));
  }
  return times;
}

/** Uses a new system each time, so that no earlier title is still being encoded. */
async function timePlan(clip: Clip): Promise<number> {
  const system = await startSystem({ edges: 0, slots: 2 });
  try {
    const titleId = await system.upload(clip.path);
    const title = await system.waitFor(titleId, ['playable', 'ready'], 120_000);
    const { queued, playable } = title.enteredAt;
    if (queued === undefined || playable === undefined)
      throw new Error(`title ${titleId} has no time for queued or playable`);
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
