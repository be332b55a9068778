/** Who waits for a run, the most urgent first. */
export const runPriorities = ['start', 'demand', 'normal', 'background'] as const;

/**
 * `start`: a player waits that has nothing to play, after loading or a seek. `demand`: a player waits that
 * plays the segment before. `normal`: a title becomes playable with it, or starts faster. `background`:
 * nobody waits.
 */
export type RunPriority = (typeof runPriorities)[number];

/** A run's priority. A function may change its answer during the run; it is called several times a second. */
export type PriorityOf = RunPriority | (() => RunPriority);

/** The first of `runPriorities` among the given ones; `background` if there are none. */
export function highestPriority(priorities: readonly RunPriority[]): RunPriority {
  return runPriorities.find((priority) => priorities.includes(priority)) ?? 'background';
}
