import type { FlowJob } from 'bullmq';
import type { PublicationId, TitleId } from '#core/contracts/ids.js';
import type { Plan } from '#core/contracts/plan.js';
import type { AnalyseTask, EncodeAudioTask, EncodeSpanTask, PublishTask } from '#core/contracts/task.js';
import { videoCodecSchema } from '#core/contracts/upload-settings.js';
import { encodeQueueOf, jobDefaults, priorities, queuePrefix } from '#core/queue/queues.js';

/** Job ids are derived from what the job does, so nothing is ever enqueued twice. BullMQ forbids `:` in them. */
export const analyseJobId = (titleId: TitleId, generation: number): string =>
  `analyse-${titleId}-g${generation}`;
export const publishJobId = (plan: Pick<Plan, 'publicationId'>): string => `publish-${plan.publicationId}`;

export const reportJobId = (publicationId: PublicationId): string => `report-${publicationId}`;

export function analyseJob(task: AnalyseTask): FlowJob {
  return {
    name: 'analyse',
    queueName: 'analyse',
    prefix: queuePrefix,
    data: task,
    opts: { ...jobDefaults, jobId: analyseJobId(task.titleId, task.generation) },
  };
}

/** The whole of a publication's work: `publish` above one task per span and codec and one per audio rendition. */
export function publicationFlow(plan: Plan): FlowJob {
  const mandatory = { ...jobDefaults, failParentOnFailure: true };
  const { titleId, publicationId } = plan;
  const children: FlowJob[] = [];
  for (const codec of videoCodecSchema.options) {
    const renditionIds = plan.rungs.filter((rung) => rung.codec === codec).map((rung) => rung.renditionId);
    if (renditionIds.length === 0) continue;
    for (const span of plan.spans) {
      children.push({
        name: 'encode-span',
        queueName: encodeQueueOf(codec),
        prefix: queuePrefix,
        data: { titleId, publicationId, span, renditionIds } satisfies EncodeSpanTask,
        opts: {
          ...mandatory,
          jobId: `span-${publicationId}-${codec}-${span.spanIndex}`,
          priority: priorities.span(span.spanIndex),
        },
      });
    }
  }
  for (const { renditionId } of plan.audio) {
    children.push({
      name: 'encode-audio',
      queueName: 'tracks',
      prefix: queuePrefix,
      data: { titleId, publicationId, renditionId } satisfies EncodeAudioTask,
      opts: { ...mandatory, jobId: `audio-${publicationId}-${renditionId}`, priority: priorities.audio },
    });
  }
  return {
    name: 'publish',
    queueName: 'publish',
    prefix: queuePrefix,
    data: { titleId, publicationId } satisfies PublishTask,
    opts: { ...jobDefaults, jobId: publishJobId(plan) },
    children,
  };
}
