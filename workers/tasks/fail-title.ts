import { failureSentences, SourceRefusedError } from '#core/contracts/failure.js';
import type { TitleId } from '#core/contracts/ids.js';
import type { TaskContext } from '#workers/task-context.js';

/** Ends a title as failed with its reason; one that is ready or deleted stays what it is. */
export async function failTitle(context: TaskContext, titleId: TitleId, error: unknown): Promise<void> {
  const failure =
    error instanceof SourceRefusedError
      ? error.toFailure()
      : {
          code: 'internal' as const,
          message: failureSentences.internal,
          detail: error instanceof Error ? error.message.slice(0, 1000) : String(error),
        };
  const record = await context.titles.enter(titleId, 'failed', ['queued', 'analysing', 'playable'], {
    failure,
  });
  if (record) await context.progress.titleChanged(record);
}
