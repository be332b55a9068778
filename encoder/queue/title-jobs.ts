import { FlowProducer, type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { publicationIdOf, type TitleId } from '#core/contracts/ids.js';
import type { Plan } from '#core/contracts/plan.js';
import type { MakeReportTask } from '#core/contracts/task.js';
import type { TitleRecord } from '#core/contracts/title.js';
import {
  demandQueue,
  jobDefaults,
  priorities,
  type QueueName,
  queueNames,
  queuePrefix,
  workerDefaults,
} from '#core/queue/queues.js';
import {
  analyseJob,
  analyseJobId,
  describeTask,
  headStartJobId,
  publicationFlow,
  publishJobId,
  reportJobId,
} from '#core/queue/task-tree.js';

/**
 * What Redis knows of one job. `alive`: waiting, delayed or active, so it ends by itself. `missing`: never
 * added, or lost. `failed`: will not be tried again.
 */
export type JobStatus =
  | { state: 'missing' | 'alive' | 'completed' | 'waiting-children' }
  | ({ state: 'failed' } & JobFailure);

interface JobFailure {
  reason: string;
  /** Worker after worker ended in the middle of the task. BullMQ fails such a job, not a worker. */
  endsWorkers: boolean;
}

/** The jobs of titles, by ids derived from the title. Every method is safe to repeat, even concurrently. */
export class TitleJobs {
  private readonly queues = new Map<QueueName, Queue>();
  private readonly flows: FlowProducer;

  /** `redis` has the role `request`: calls fail while Redis is down instead of waiting. */
  constructor(private readonly redis: Redis) {
    this.flows = new FlowProducer({ connection: redis, prefix: queuePrefix });
    this.flows.on('error', () => undefined);
  }

  async addAnalyse(record: Pick<TitleRecord, 'titleId' | 'generation'>): Promise<void> {
    const { titleId, generation } = record;
    await this.flows.add(analyseJob({ titleId, generation }));
  }

  async analyseJobStatus(record: Pick<TitleRecord, 'titleId' | 'generation'>): Promise<JobStatus> {
    return this.jobStatus('analyse', analyseJobId(record.titleId, record.generation));
  }

  async publishJobStatus(record: Pick<TitleRecord, 'titleId' | 'generation'>): Promise<JobStatus> {
    return this.jobStatus('publish', publishJobId(publicationOf(record)));
  }

  async reportJobStatus(record: Pick<TitleRecord, 'titleId' | 'generation'>): Promise<JobStatus> {
    return this.jobStatus('tracks', reportJobId(publicationOf(record).publicationId));
  }

  /**
   * Adds the report job unless it waits or runs. Replaces a finished one, so that a failure can be retried.
   */
  async addReport(record: Pick<TitleRecord, 'titleId' | 'generation'>): Promise<void> {
    const { publicationId } = publicationOf(record);
    const jobId = reportJobId(publicationId);
    await this.removeIfFinished('tracks', jobId);
    const task: MakeReportTask = { titleId: record.titleId, publicationId };
    await this.queue('tracks').add('make-report', task, {
      ...jobDefaults,
      jobId,
      priority: priorities.report,
    });
  }

  /** Adds the analyse job again; removes a finished one first, which would hold its id. */
  async restartAnalyse(record: Pick<TitleRecord, 'titleId' | 'generation'>): Promise<void> {
    await this.removeIfFinished('analyse', analyseJobId(record.titleId, record.generation));
    await this.addAnalyse(record);
  }

  /**
   * Adds the whole flow. Children that are alive or completed join the new parent as they are. Failed ones
   * are removed first, or the parent would wait for them for ever.
   */
  async restartPublication(plan: Plan): Promise<void> {
    await this.removeIfFinished('publish', publishJobId(plan));
    const flow = publicationFlow(plan);
    for (const child of flow.children ?? []) {
      const queue = child.queueName as QueueName;
      const jobId = child.opts?.jobId ?? '';
      if ((await this.jobStatus(queue, jobId)).state === 'failed') await this.removeIfFinished(queue, jobId);
    }
    await this.flows.add(flow);
  }

  /** Adds the children of a waiting publication that Redis has lost. Resolves to their number. */
  async addLostChildren(plan: Plan): Promise<number> {
    const parentId = publishJobId(plan);
    const parent = await this.queue('publish').getJob(parentId);
    if (!parent) return 0;
    const { unprocessed = [] } = await parent.getDependencies({ unprocessed: { count: 10_000 } });
    const waitedFor = new Set(unprocessed.map((key) => key.slice(key.lastIndexOf(':') + 1)));
    let added = 0;
    for (const child of publicationFlow(plan).children ?? []) {
      const jobId = child.opts?.jobId ?? '';
      const queue = this.queue(child.queueName as QueueName);
      if (!waitedFor.has(jobId) || (await queue.getJob(jobId))) continue;
      await queue.add(child.name, child.data, {
        ...child.opts,
        parent: { id: parentId, queue: this.queue('publish').qualifiedName },
      });
      added += 1;
    }
    return added;
  }

  /** Removes waiting jobs from the queues. Running ones end by themselves and find their title changed. */
  async removeAll(
    record: Pick<TitleRecord, 'titleId' | 'generation'>,
    plan: Plan | undefined,
  ): Promise<void> {
    await this.remove('analyse', analyseJobId(record.titleId, record.generation));
    const { publicationId } = publicationOf(record);
    await this.remove(demandQueue, headStartJobId(publicationId));
    await this.remove('tracks', reportJobId(publicationId));
    // The parent goes first: removing its last child would start it.
    await this.remove('publish', publishJobId(publicationOf(record)), false);
    for (const child of plan ? (publicationFlow(plan).children ?? []) : [])
      await this.remove(child.queueName as QueueName, child.opts?.jobId ?? '');
  }

  async countWaiting(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const name of queueNames)
      counts[name] = await this.queue(name).getJobCountByTypes('waiting', 'prioritized', 'delayed');
    return counts;
  }

  /** Closes the queues. BullMQ waits for the connection, so without one there is nothing to close. */
  async close(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    await Promise.all([this.flows.close(), ...[...this.queues.values()].map((queue) => queue.close())]);
  }

  private async jobStatus(queueName: QueueName, jobId: string): Promise<JobStatus> {
    const job = await this.queue(queueName).getJob(jobId);
    if (!job) return { state: 'missing' };
    const state = await job.getState();
    if (state === 'unknown') return { state: 'missing' };
    if (state === 'failed') return { state, ...(await this.explainFailure(job)) };
    return { state: state === 'completed' || state === 'waiting-children' ? state : 'alive' };
  }

  /** Explains why a job has failed for good: by the reason of its failed child, if it has one. */
  private async explainFailure(job: Job): Promise<JobFailure> {
    const { failed = [] } = await job.getDependencies({ failed: { count: 1 } });
    // A key is `prefix:queue:id`, and no id holds a colon.
    const [queueName = '', childId = ''] = failed[0]?.split(':').slice(-2) ?? [];
    const child = childId === '' ? undefined : await this.queue(queueName as QueueName).getJob(childId);
    if (!child) return failureOf(job);
    const { reason, endsWorkers } = failureOf(child);
    return { reason: `${describeTask(child.name, child.data)}: ${reason}`, endsWorkers };
  }

  private async removeIfFinished(queueName: QueueName, jobId: string): Promise<void> {
    const job = await this.queue(queueName).getJob(jobId);
    if (job && ((await job.isCompleted()) || (await job.isFailed()))) await removeQuietly(job, false);
  }

  private async remove(queueName: QueueName, jobId: string, removeChildren = true): Promise<void> {
    const job = await this.queue(queueName).getJob(jobId);
    if (job) await removeQuietly(job, removeChildren);
  }

  private queue(name: QueueName): Queue {
    const existing = this.queues.get(name);
    if (existing) return existing;
    const queue = new Queue(name, { connection: this.redis, prefix: queuePrefix });
    queue.on('error', () => undefined);
    this.queues.set(name, queue);
    return queue;
  }
}

function failureOf({ stalledCounter, failedReason }: Job): JobFailure {
  if (stalledCounter > workerDefaults.maxStalledCount) {
    const reason = `${stalledCounter} workers in a row ended in the middle of this task`;
    return { reason, endsWorkers: true };
  }
  return { reason: failedReason ?? 'the task failed without a reason', endsWorkers: false };
}

function publicationOf(record: { titleId: TitleId; generation: number }): Pick<Plan, 'publicationId'> {
  return { publicationId: publicationIdOf(record.titleId, record.generation) };
}

/** Removes a job. One that a worker holds cannot be removed: it ends and finds its title changed. */
async function removeQuietly(job: Job, removeChildren: boolean): Promise<void> {
  try {
    await job.remove({ removeChildren });
  } catch (error) {
    if (!(await job.isActive())) throw error;
  }
}
