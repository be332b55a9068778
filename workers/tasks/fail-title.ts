import type { TitleId } from '#core/contracts/ids.js';
import { failureOf } from '#workers/tasks/failure-of.js';
import type { TaskContext } from '#workers/tasks/task-context.js';

/** Ends a title as failed with its reason; one that is ready or deleted stays what it is. */
export async function failTitle(context: TaskContext, titleId: TitleId, error: unknown): Promise<void> {
  const record = await context.titles.enter(titleId, 'failed', ['queued', 'analysing', 'playable'], {
    failure: failureOf(error),
  });
  if (record) await context.progress.titleChanged(record);
}
