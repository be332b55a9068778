/** Who waits for a run, the most urgent first. */
export const runPriorities = ['demand', 'normal', 'background'] as const;

/**
 * `demand`: a player waits. `normal`: a title becomes playable with it, or starts faster. `background`:
 * nobody waits.
 */
export type RunPriority = (typeof runPriorities)[number];

/** A run's priority. A function may change its answer during the run; it is called several times a second. */
export type PriorityOf = RunPriority | (() => RunPriority);
