import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { demandQueue, type QueueName, queuePrefix, workerDefaults } from '#core/queue/queues.js';
import { connectRedis } from '#core/queue/redis.js';
import type { Logger } from '#core/runtime/log.js';
import { IdleMachines } from '#workers/idle-machines.js';
import { readMachineId } from '#workers/machine-id.js';
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
  /** Default: this machine's. */
  machineId?: string;
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
  const idleMachines = new IdleMachines(options.context.redis, options.machineId ?? readMachineId());
  const connections: Redis[] = [];
  const workers = options.queues.map((queue) => {
    const connection = connectRedis(options.redisUrl, 'worker');
    connection.on('error', (error) =>
      options.log.warn({ err: error, queue }, 'Redis connection failed: trying again'),
    );
    connections.push(connection);
    const worker = new Worker(
      queue,
      async (job, token) => {
        if (queue === demandQueue) await idleMachines.leaveToIdle(job, token);
        return idleMachines.busy(() => attempt(options, metrics, job, token, cancelled.signal));
      },
      {
        connection,
        prefix: queuePrefix,
        concurrency: concurrencyOf(queue, options.slots),
        ...workerDefaults,
      },
    );
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

async function attempt(
  { context, log }: PoolOptions,
  metrics: TaskMetrics,
  job: Job,
  token: string | undefined,
  cancelled: AbortSignal,
): Promise<void> {
  const task = job.name;
  const taskLog = log.child({ taskId: job.id, titleId: (job.data as { titleId?: string }).titleId, task });
  const end = metrics.seconds.startTimer({ task });
  metrics.running.inc({ task });
  taskLog.info({ attempt: job.attemptsMade + 1 }, 'task started');
  try {
    await runTask(context, job, { log: taskLog, signal: cancelled });
    metrics.finished.inc({ task, outcome: 'completed' });
    taskLog.info({ seconds: end() }, 'task completed');
  } catch (error) {
    if (cancelled.aborted) {
      // The worker is stopping: the job returns to its queue without using up an attempt.
      metrics.finished.inc({ task, outcome: 'handed_back' });
      taskLog.info('task handed back');
      await job.moveToWait(token);
      throw new WaitingError();
    }
    metrics.finished.inc({ task, outcome: 'failed' });
    const reason = error instanceof UnrecoverableError ? (error.cause ?? error) : error;
    taskLog.error({ err: reason, ffmpeg: (reason as { log?: string }).log }, 'task failed');
    throw error;
  } finally {
    metrics.running.dec({ task });
  }
}
