import { type Job, UnrecoverableError } from 'bullmq';
import { SourceRefusedError } from '#core/contracts/failure.js';
import type { TitleId } from '#core/contracts/ids.js';
import {
  analyseTaskSchema,
  encodeAudioTaskSchema,
  encodeSpanTaskSchema,
  makeReportTaskSchema,
  publishTaskSchema,
} from '#core/contracts/task.js';
import { analyse } from '#workers/tasks/analyse.js';
import { encodeAudio } from '#workers/tasks/encode-audio.js';
import { encodeSpan } from '#workers/tasks/encode-span.js';
import { failTitle } from '#workers/tasks/fail-title.js';
import { asRefusal } from '#workers/tasks/failure-of.js';
import { makeReport } from '#workers/tasks/make-report.js';
import { publish } from '#workers/tasks/publish.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

/**
 * Runs one job. A source that is unfit ends its title at once, with its reason; so does the last attempt at anything else.
 * Every other failure is rethrown, and the queue tries again.
 */
export async function runTask(context: TaskContext, job: Job, attempt: Attempt): Promise<void> {
  try {
    const cpuSeconds = await dispatch(context, job, attempt);
    await recordCpuTime(context, titleIdOf(job), cpuSeconds);
  } catch (thrown) {
    if (attempt.signal.aborted) throw thrown;
    const error = asRefusal(thrown);
    const isRefusal = error instanceof SourceRefusedError;
    if (endsTitle(job, isRefusal)) await failTitle(context, titleIdOf(job), error);
    throw isRefusal ? new UnrecoverableError(error.message) : error;
  }
}

/** Whether a failure ends its title. A report is extra work; a demand's segments are tried once more with their span. */
function endsTitle({ name, data, attemptsMade, opts }: Job, isRefusal: boolean): boolean {
  if (name === 'make-report') return false;
  if (isRefusal) return true;
  const isLast = attemptsMade + 1 >= (opts.attempts ?? 1);
  return isLast && (data as { demand?: boolean }).demand !== true;
}

function titleIdOf(job: Job): TitleId {
  return (job.data as { titleId: TitleId }).titleId;
}

async function dispatch(context: TaskContext, job: Job, attempt: Attempt): Promise<number> {
  switch (job.name) {
    case 'analyse':
      return analyse(context, analyseTaskSchema.parse(job.data), attempt);
    case 'encode-span':
      return encodeSpan(context, encodeSpanTaskSchema.parse(job.data), attempt);
    case 'encode-audio':
      return encodeAudio(context, encodeAudioTaskSchema.parse(job.data), attempt);
    case 'make-report':
      return makeReport(context, makeReportTaskSchema.parse(job.data), attempt);
    case 'publish':
      await publish(context, publishTaskSchema.parse(job.data), attempt);
      return 0;
    default:
      throw new UnrecoverableError(`there is no task named "${job.name}"`);
  }
}

async function recordCpuTime(context: TaskContext, titleId: TitleId, cpuSeconds: number): Promise<void> {
  if (cpuSeconds === 0) return;
  await context.titles.update(titleId, (record) => ({
    ...record,
    cpuSeconds: Math.round((record.cpuSeconds + cpuSeconds) * 1000) / 1000,
  }));
}
