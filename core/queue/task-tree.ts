import type { FlowJob } from 'bullmq';
import type { PublicationId, TitleId } from '#core/contracts/ids.js';
import type { Plan } from '#core/contracts/plan.js';
import { type AnalyseTask, type Task, taskSchema } from '#core/contracts/task.js';
import { videoCodecSchema } from '#core/contracts/upload-settings.js';
import {
  demandQueue,
  encodeQueueOf,
  jobDefaults,
  priorities,
  type QueueName,
  queuePrefix,
} from '#core/queue/queues.js';

/** Job ids follow from the work, so that nothing is enqueued twice. BullMQ forbids `:` in them. */
export const analyseJobId = (titleId: TitleId, generation: number): string =>
  `analyse-${titleId}-g${generation}`;
export const publishJobId = (plan: Pick<Plan, 'publicationId'>): string => `publish-${plan.publicationId}`;

export const headStartJobId = (publicationId: PublicationId): string => `head-start-${publicationId}`;

export const reportJobId = (publicationId: PublicationId): string => `report-${publicationId}`;

export function analyseJob(task: AnalyseTask): FlowJob {
  return flowJob({ name: 'analyse', data: task }, 'analyse', {
    ...jobDefaults,
    jobId: analyseJobId(task.titleId, task.generation),
  });
}

/**
 * The first segments of the given renditions. In the queue of demands, where it never waits behind a span,
 * and after every demand there. It is no part of the publication's tree: what it does not make, the spans
 * make.
 */
export function headStartJob(
  { titleId, publicationId }: Pick<Plan, 'titleId' | 'publicationId'>,
  renditionIds: string[],
): FlowJob {
  return flowJob({ name: 'head-start', data: { titleId, publicationId, renditionIds } }, demandQueue, {
    ...jobDefaults,
    attempts: 2,
    jobId: headStartJobId(publicationId),
    priority: priorities.headStart,
    removeOnComplete: true,
    removeOnFail: true,
  });
}

/** All work of a publication: `publish`, above one task per span and codec and one per audio rendition. */
export function publicationFlow(plan: Plan): FlowJob {
  const mandatory = { ...jobDefaults, failParentOnFailure: true };
  const { titleId, publicationId } = plan;
  const children: FlowJob[] = [];
  for (const codec of videoCodecSchema.options) {
    const renditionIds = plan.rungs.filter((rung) => rung.codec === codec).map((rung) => rung.renditionId);
    if (renditionIds.length === 0) continue;
    for (const span of plan.spans) {
      const task: Task = { name: 'encode-span', data: { titleId, publicationId, span, renditionIds } };
      children.push(
        flowJob(task, encodeQueueOf(codec), {
          ...mandatory,
          jobId: `span-${publicationId}-${codec}-${span.spanIndex}`,
          priority: priorities.span(span.spanIndex),
        }),
      );
    }
  }
  for (const { renditionId } of plan.audio) {
    children.push(
      flowJob({ name: 'encode-audio', data: { titleId, publicationId, renditionId } }, 'tracks', {
        ...mandatory,
        jobId: `audio-${publicationId}-${renditionId}`,
        priority: priorities.audio,
      }),
    );
  }
  const opts = { ...jobDefaults, jobId: publishJobId(plan) };
  return {
    ...flowJob({ name: 'publish', data: { titleId, publicationId } }, 'publish', opts),
    children,
  };
}

/** What a queued task does, in words: `encoding of segments 0 to 9 (h264-720)`. */
export function describeTask(name: string, data: unknown): string {
  const task = taskSchema.safeParse({ name, data }).data;
  switch (task?.name) {
    case 'encode-span': {
      const { firstSegment, segmentCount } = task.data.span;
      const last = firstSegment + segmentCount - 1;
      return `encoding of segments ${firstSegment} to ${last} (${task.data.renditionIds.join(', ')})`;
    }
    case 'encode-audio':
      return `encoding of the audio (${task.data.renditionId})`;
    default:
      return `task ${name}`;
  }
}

function flowJob(task: Task, queueName: QueueName, opts: NonNullable<FlowJob['opts']>): FlowJob {
  return { name: task.name, queueName, prefix: queuePrefix, data: task.data, opts };
}
