import type { EncodeSegmentTask } from '#core/contracts/task.js';
import { encodeSegments } from '#workers/segments/encode-segments.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

/**
 * Encodes one segment of one rendition for a waiting player, with all threads. Records no facts: the task of
 * the segment's span does that. Resolves to the CPU time used, seconds.
 */
export async function encodeSegment(
  context: TaskContext,
  task: EncodeSegmentTask,
  attempt: Attempt,
): Promise<number> {
  const plan = await context.plans.read(task.publicationId);
  const rungs = plan.rungs.filter(({ renditionId }) => renditionId === task.renditionId);
  const range = { firstSegment: task.segmentIndex, segmentCount: 1 };
  const work = { plan, range, rungs, threads: context.threads.max, priority: 'demand' as const };
  return (await encodeSegments(context, work, attempt.signal)).cpuSeconds;
}
