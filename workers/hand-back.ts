import type { Job } from 'bullmq';

/**
 * Returns a running job to its queue, without using up an attempt, and wakes a worker for it. The processor
 * throws BullMQ's WaitingError afterwards.
 *
 * `moveToWait` alone wakes no worker for a job with a priority: it would wait until one polls, up to 5 s.
 * `moveToDelayed` would need clocks that agree.
 */
export async function handBack(job: Job, token: string | undefined): Promise<void> {
  await job.moveToWait(token);
  if (job.priority > 0) await job.changePriority({ priority: job.priority });
}
