import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { demandQueue, type QueueName, queuePrefix, workerDefaults } from '#core/queue/queues.js';
import { connectRedis } from '#core/queue/redis.js';
import { isOutage } from '#core/runtime/is-outage.js';
import type { Logger } from '#core/runtime/log.js';
import { handBack } from '#workers/hand-back.js';
import { IdleMachines } from '#workers/idle-machines.js';
import { JobLocks } from '#workers/job-locks.js';
import { readMachineId } from '#workers/machine-id.js';
import { defaultOutagePauses, OutagePauses, type PauseLimits } from '#workers/outage-pauses.js';
import { runTask } from '#workers/run-task.js';
import type { TaskContext } from '#workers/tasks/task-context.js';

export interface PoolOptions {
  context: TaskContext;
  queues: readonly QueueName[];
  /** Encodes that run at the same time. */
  slots: number;
  redisUrl: string;
  log: Logger;
  registry: Registry;
  /** Pauses of a task that waits for storage, Redis or a disk. */
  outagePauses?: PauseLimits;
  lockTimes?: LockTimes;
  /** Default: this machine's. */
  machineId?: string;
}

/** Options of BullMQ's workers, ms. */
export interface LockTimes {
  lockDuration: number;
  stalledInterval: number;
}

export interface Pool {
  /** Takes no more jobs, gives the running ones the drain time, then hands the rest back. */
  stop(): Promise<void>;
}

/** Running jobs get this long at a stop. Whoever stops the worker should wait a little longer. */
const drainMs = 8_000;

/**
 * Jobs of one queue that run at the same time. Each queue has its own limit, so that short work (analysing,
 * publishing, demands) never waits behind encodes. Audio is cheap: one run for four slots keeps up.
 */
function concurrencyOf(queue: QueueName, slots: number): number {
  // A player has a run of video and one of audio, and the runs of the position it left end seconds later.
  if (queue === demandQueue) return Math.max(8, 4 * slots);
  if (queue === 'tracks') return Math.max(1, Math.floor(slots / 4));
  if (queue === 'analyse') return 2;
  return slots;
}

/** Starts taking jobs from the given queues. */
export function startPool(options: PoolOptions): Pool {
  const cancelled = new AbortController();
  const metrics = taskMetrics(options.registry);
  const pauses = new OutagePauses(options.outagePauses ?? defaultOutagePauses);
  const times = { ...workerDefaults, ...options.lockTimes };
  const idleMachines = new IdleMachines(options.context.redis, options.machineId ?? readMachineId());
  const connections: Redis[] = [];
  const workers = options.queues.map((queue) => {
    const connection = connectRedis(options.redisUrl, 'worker');
    connection.on('error', (error) =>
      options.log.warn({ err: error, queue }, 'Redis connection failed: trying again'),
    );
    connections.push(connection);
    const locks = new JobLocks(connection, queue, times.lockDuration);
    const parts = { ...options, metrics, pauses, locks, cancelled: cancelled.signal };
    const process = async (job: Job, token: string | undefined): Promise<void> => {
      if (queue === demandQueue) await idleMachines.leaveToIdle(job, token);
      return idleMachines.busy(() => processJob(parts, job, token));
    };
    const worker = new Worker(queue, process, {
      connection,
      prefix: queuePrefix,
      concurrency: concurrencyOf(queue, options.slots),
      ...times,
    });
    worker.on('lockRenewalFailed', (jobIds) => void locks.keepAll(jobIds));
    worker.on('error', (error) => options.log.warn({ err: error, queue }, 'queue error'));
    return worker;
  });
  if (options.queues.includes(demandQueue)) idleMachines.announce();
  return {
    stop: async () => {
      idleMachines.stop();
      const closed = Promise.all(workers.map((worker) => worker.close()));
      const timer = setTimeout(() => cancelled.abort(), drainMs);
      await closed;
      clearTimeout(timer);
      for (const connection of connections) connection.disconnect();
    },
  };
}

interface TaskMetrics {
  finished: Counter<'task' | 'outcome'>;
  running: Gauge<'task'>;
  seconds: Histogram<'task'>;
}

function taskMetrics(registry: Registry): TaskMetrics {
  const registers = [registry];
  return {
    finished: new Counter({
      name: 'millrace_tasks_total',
      help: 'Tasks by outcome',
      labelNames: ['task', 'outcome'],
      registers,
    }),
    running: new Gauge({
      name: 'millrace_tasks_running',
      help: 'Tasks that run now',
      labelNames: ['task'],
      registers,
    }),
    seconds: new Histogram({
      name: 'millrace_task_seconds',
      help: 'Wall time of finished tasks',
      labelNames: ['task'],
      buckets: [0.1, 0.5, 1, 2, 5, 10, 20, 60, 120, 300],
      registers,
    }),
  };
}

interface AttemptParts extends Pick<PoolOptions, 'context' | 'log'> {
  metrics: TaskMetrics;
  pauses: OutagePauses;
  locks: JobLocks;
  /** Aborts when the worker stops. */
  cancelled: AbortSignal;
}

/** How an attempt ended that did not fail. */
type Outcome =
  | { kind: 'completed' }
  | { kind: 'stopped' }
  /** `pauseMs`: before the next attempt. */
  | { kind: 'postponed'; pauseMs: number };

/** Runs one job. A job that is handed back, because of a stop or an outage, uses up no attempt. */
async function processJob(parts: AttemptParts, job: Job, token: string | undefined): Promise<void> {
  const outcome = await parts.locks.hold(job, token, () => attempt(parts, job));
  if (outcome.kind === 'completed') return;
  const handedBack =
    outcome.kind === 'stopped'
      ? handBack(job, token)
      : job.moveToDelayed(Date.now() + outcome.pauseMs, token);
  // A job that cannot be handed back now, since Redis is full, stalls and is then given to a worker.
  await handedBack.catch((err: unknown) => parts.log.warn({ err, taskId: job.id }, 'task not handed back'));
  throw outcome.kind === 'stopped' ? new WaitingError() : new DelayedError();
}

async function attempt(
  { context, log, metrics, pauses, cancelled }: AttemptParts,
  job: Job,
): Promise<Outcome> {
  const task = job.name;
  const taskLog = log.child({ taskId: job.id, titleId: (job.data as { titleId?: string }).titleId, task });
  const end = metrics.seconds.startTimer({ task });
  metrics.running.inc({ task });
  taskLog.info({ attempt: job.attemptsMade + 1 }, 'task started');
  try {
    await runTask(context, job, { log: taskLog, signal: cancelled });
    pauses.forget(job);
    metrics.finished.inc({ task, outcome: 'completed' });
    taskLog.info({ seconds: end() }, 'task completed');
    return { kind: 'completed' };
  } catch (error) {
    if (cancelled.aborted) {
      metrics.finished.inc({ task, outcome: 'handed_back' });
      taskLog.info('task handed back');
      return { kind: 'stopped' };
    }
    if (isOutage(error)) {
      const pauseMs = pauses.nextMs(job);
      metrics.finished.inc({ task, outcome: 'postponed' });
      taskLog.warn({ err: error, pauseMs }, 'task postponed: storage, Redis or a disk is away or full');
      return { kind: 'postponed', pauseMs };
    }
    pauses.forget(job);
    metrics.finished.inc({ task, outcome: 'failed' });
    const reason = error instanceof UnrecoverableError ? (error.cause ?? error) : error;
    taskLog.error({ err: reason, ffmpeg: (reason as { log?: string }).log }, 'task failed');
    throw error;
  } finally {
    metrics.running.dec({ task });
  }
}
