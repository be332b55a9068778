import { type Job, UnrecoverableError } from 'bullmq';
import type { TitleId } from '#core/contracts/ids.js';
import { type Task, taskNames, taskSchema } from '#core/contracts/task.js';
import { isOutage } from '#core/runtime/is-outage.js';
import { proveReadable } from '#workers/source/prove-readable.js';
import { analyse } from '#workers/tasks/analyse.js';
import { encodeAudio } from '#workers/tasks/encode-audio.js';
import { encodeSegment } from '#workers/tasks/encode-segment.js';
import { encodeSpan } from '#workers/tasks/encode-span.js';
import { asRefusal, failureOf, mayBeReadError } from '#workers/tasks/failure-of.js';
import { headStart } from '#workers/tasks/head-start.js';
import { makeReport } from '#workers/tasks/make-report.js';
import { publish } from '#workers/tasks/publish.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

/**
 * Runs one job. Rejects with the task's error if another attempt may succeed, else with an
 * UnrecoverableError whose cause is that error. A final failure ends the title, if `endsTitle` says so. An
 * outage is never final: the caller tries again, however often, and uses up no attempt.
 */
export async function runTask(context: TaskContext, job: Job, attempt: Attempt): Promise<void> {
  // Only a newer release knows this task: the job fails here, but its title waits for a newer worker.
  if (!taskNames.includes(job.name)) throw new UnrecoverableError(`there is no task named "${job.name}"`);
  const { titleId } = job.data as { titleId: TitleId };
  try {
    const task = taskSchema.parse({ name: job.name, data: job.data });
    await recordCpuTime(context, titleId, await dispatch(context, task, attempt));
  } catch (thrown) {
    if (attempt.signal.aborted || isOutage(thrown)) throw thrown;
    const error = asRefusal(thrown);
    if (endsTitle(job, error)) {
      await proveFaultOfSource(context, titleId, error, attempt.signal);
      await failTitle(context, titleId, error);
    }
    if (isRetryable(error)) throw error;
    throw Object.assign(new UnrecoverableError((error as Error).message), { cause: error });
  }
}

/** Errors without a `retryable` field are unexpected: another attempt may succeed. */
function isRetryable(error: unknown): boolean {
  return (error as { retryable?: boolean } | undefined)?.retryable !== false;
}

function endsTitle({ name, data, attemptsMade, opts }: Job, error: unknown): boolean {
  const task = taskSchema.safeParse({ name, data }).data;
  // No publication needs a report.
  if (task?.name === 'make-report') return false;
  if (!isRetryable(error)) return true;
  // The segments of a demand or a head start get more attempts with their span.
  if (task?.name === 'encode-segment' || task?.name === 'head-start') return false;
  return attemptsMade + 1 >= (opts.attempts ?? 1);
}

/**
 * Rejects with the outage if the source cannot be read: ffmpeg takes a read error for the end of the file, so
 * that a source on a failing disk seems to be damaged.
 */
async function proveFaultOfSource(
  context: TaskContext,
  titleId: TitleId,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  if (!mayBeReadError(error)) return;
  const title = await context.titles.read(titleId);
  if (!title) return;
  await proveReadable(context, title.source.key, signal).catch((readError: unknown) => {
    if (isOutage(readError) || signal.aborted) throw readError;
  });
}

/** Ends a title as failed with its reason, unless it is ready or deleted. */
async function failTitle(context: TaskContext, titleId: TitleId, error: unknown): Promise<void> {
  const record = await context.titles.enter(titleId, 'failed', ['queued', 'analysing', 'playable'], {
    failure: failureOf(error),
  });
  if (record) await context.progress.titleChanged(record);
}

/** Resolves to the CPU time used, seconds. */
async function dispatch(context: TaskContext, task: Task, attempt: Attempt): Promise<number> {
  switch (task.name) {
    case 'analyse':
      return analyse(context, task.data, attempt);
    case 'encode-span':
      return encodeSpan(context, task.data, attempt);
    case 'encode-segment':
      return encodeSegment(context, task.data, attempt);
    case 'encode-audio':
      return encodeAudio(context, task.data, attempt);
    case 'head-start':
      return headStart(context, task.data, attempt);
    case 'make-report':
      return makeReport(context, task.data, attempt);
    case 'publish':
      await publish(context, task.data, attempt);
      return 0;
  }
}

async function recordCpuTime(context: TaskContext, titleId: TitleId, cpuSeconds: number): Promise<void> {
  if (cpuSeconds === 0) return;
  await context.titles.update(titleId, (record) => ({
    ...record,
    cpuSeconds: Math.round((record.cpuSeconds + cpuSeconds) * 1000) / 1000,
  }));
}
