import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlowProducer } from 'bullmq';
import { Counter } from 'prom-client';
import { createProbeServer } from '#core/http/answer-probe.js';
import { closeServer, listen } from '#core/http/listen.js';
import { queueNames, queuePrefix } from '#core/queue/queues.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import type { Logger } from '#core/runtime/log.js';
import { Probes } from '#core/runtime/probes.js';
import { type RunningService, runService } from '#core/runtime/run-service.js';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import { readStorageCredentials } from '#core/storage/storage-credentials.js';
import { PlanReader } from '#core/titles/plan-reader.js';
import { TitleProgress } from '#core/titles/title-progress.js';
import { TitleStore } from '#core/titles/title-store.js';
import { defaultSourceLimits } from '#planning/source/source-limits.js';
import { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { defaultInputLimits } from '#workers/ffmpeg/input-arguments.js';
import { Scratch } from '#workers/scratch/scratch.js';
import type { TaskContext } from '#workers/tasks/task-context.js';
import { startPool } from '#workers/worker-pool.js';
import { readWorkerSettings, type WorkerSettings } from '#workers/worker-settings.js';

/** Time that running probe requests get to end at a stop. */
const probeDrainMs = 1_000;

async function openFfmpeg(
  settings: WorkerSettings,
  path: string,
  launcherFolder: string,
  { log, probes }: { log: Logger; probes: Probes },
): Promise<Ffmpeg> {
  const stopped = new Counter({
    name: 'millrace_ffmpeg_stopped_seconds_total',
    help: 'Time that runs of ffmpeg were stopped for more urgent ones, by their own priority',
    labelNames: ['priority'],
    registers: [probes.registry],
  });
  return Ffmpeg.open({
    ffmpeg: settings.MILLRACE_FFMPEG,
    ffprobe: settings.MILLRACE_FFPROBE,
    vmafFfmpeg: settings.MILLRACE_VMAF_FFMPEG,
    path,
    sandbox: settings.MILLRACE_SANDBOX,
    niceLevel: settings.MILLRACE_FFMPEG_NICE,
    memoryBytes: settings.MILLRACE_FFMPEG_MEMORY_BYTES,
    inputLimits: {
      ...defaultInputLimits,
      maxPixels: settings.MILLRACE_MAX_SOURCE_PIXELS,
      maxStreams: settings.MILLRACE_MAX_SOURCE_STREAMS,
    },
    launcherFolder,
    warn: (message) => log.warn(message),
    onStopped: (priority, seconds) => stopped.inc({ priority }, seconds),
  });
}

async function start(log: Logger, environment: NodeJS.ProcessEnv): Promise<RunningService> {
  const settings = readWorkerSettings(environment);
  const scratch = await Scratch.open(settings.MILLRACE_SCRATCH_DIR ?? join(tmpdir(), 'millrace-scratch'));
  const probes = new Probes('worker');
  probes.guardMetrics(settings);
  const ffmpeg = await openFfmpeg(settings, environment.PATH ?? '', scratch.directory, { log, probes });
  void ffmpeg.warmUp();
  const store = openObjectStore(settings.MILLRACE_STORAGE_URL, readStorageCredentials(settings));
  const redis = connectRedis(settings.MILLRACE_REDIS_URL, 'request');
  const queueRedis = connectRedis(settings.MILLRACE_REDIS_URL, 'worker');
  for (const connection of [redis, queueRedis]) {
    connection.on('error', (error) => log.warn({ err: error }, 'Redis connection failed: trying again'));
  }
  await waitForRedis(queueRedis, 20_000);
  const flows = new FlowProducer({ connection: queueRedis, prefix: queuePrefix });
  const slots = settings.MILLRACE_SLOTS ?? availableParallelism();
  const context: TaskContext = {
    store,
    titles: new TitleStore(store),
    plans: new PlanReader(store),
    redis,
    flows,
    progress: new TitleProgress(redis, (err) =>
      log.warn({ err }, 'Redis is down: progress was not published'),
    ),
    scratch,
    ffmpeg,
    sourceLimits: {
      ...defaultSourceLimits,
      maxPixels: settings.MILLRACE_MAX_SOURCE_PIXELS,
      maxSeconds: settings.MILLRACE_MAX_SOURCE_SECONDS,
      maxFramesPerSecond: settings.MILLRACE_MAX_SOURCE_FRAME_RATE,
      maxStreams: settings.MILLRACE_MAX_SOURCE_STREAMS,
    },
    threads: {
      perSlot: settings.MILLRACE_SLOT_THREADS ?? Math.max(1, Math.floor(availableParallelism() / slots)),
      max: settings.MILLRACE_SLOT_THREADS ? settings.MILLRACE_SLOT_THREADS * slots : availableParallelism(),
    },
  };
  const pool = startPool({
    context,
    queues: settings.MILLRACE_QUEUES ?? queueNames,
    slots,
    redisUrl: settings.MILLRACE_REDIS_URL,
    log,
    registry: probes.registry,
  });
  probes.addCheck('redis', async () => void (await redis.ping()));
  probes.addCheck('storage', () => store.check());
  const server = createProbeServer(probes, log);
  await listen(server, { host: settings.MILLRACE_HOST, port: settings.MILLRACE_PORT });
  log.info(
    { slots, sandbox: ffmpeg.sandboxKind, queues: settings.MILLRACE_QUEUES ?? queueNames },
    'taking tasks',
  );
  return {
    stop: async () => {
      probes.markStopping();
      await pool.stop();
      await flows.close();
      await closeServer(server, probeDrainMs);
      redis.disconnect();
      queueRedis.disconnect();
      await store.close();
      await scratch.close();
    },
  };
}

await runService('worker', ({ log, environment }) => start(log, environment));
