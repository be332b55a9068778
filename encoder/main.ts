import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { closeServer, listen, serverLimits } from '#core/http/listen.js';
import { connectRedis, type RedisRole, waitForRedis } from '#core/queue/redis.js';
import type { Logger } from '#core/runtime/log.js';
import { type RunningService, runService } from '#core/runtime/run-service.js';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import { readStorageCredentials } from '#core/storage/storage-credentials.js';
import { createApi } from '#encoder/api/create-api.js';
import { assembleEncoder } from '#encoder/assemble-encoder.js';
import { type EncoderSettings, readEncoderSettings } from '#encoder/encoder-settings.js';
import { startOrigin } from '#encoder/origin/start-origin.js';
import { watchFailures } from '#encoder/reconcile/watch-failures.js';
import { openUploadSpool } from '#encoder/uploads/upload-spool.js';

/** Uploads that run longer than this after a stop are interrupted; clients resume them at another replica. */
const drainMs = 3_000;

await runService('encoder', async ({ log, environment }) => start(readEncoderSettings(environment), log));

async function start(settings: EncoderSettings, log: Logger): Promise<RunningService> {
  const credentials = readStorageCredentials(settings);
  const store = openObjectStore(settings.MILLRACE_STORAGE_URL, credentials, 'request');
  const connect = (role: RedisRole) => {
    const connection = connectRedis(settings.MILLRACE_REDIS_URL, role);
    connection.on('error', (err) => log.debug({ err }, 'Redis connection'));
    return connection;
  };
  const [redis, subscriber] = [connect('request'), connect('subscriber')];
  // Reads need storage only, so the service starts without Redis.
  await waitForRedis(redis, 3_000).catch((error: Error) => log.warn(error.message));
  const { api, reconciler, jobs } = assembleEncoder({
    store,
    redis,
    subscriber,
    spool: await openUploadSpool(
      settings.MILLRACE_STORAGE_URL,
      credentials,
      store,
      settings.MILLRACE_DISK_RESERVE_BYTES,
    ),
    deliveryUrl: settings.MILLRACE_DELIVERY_URL,
    maxSourceBytes: settings.MILLRACE_MAX_SOURCE_BYTES,
    uploadOrigins: settings.MILLRACE_UPLOAD_ORIGINS,
    log,
  });
  const firstKey = await api.keys.ensureFirst(settings.MILLRACE_BOOTSTRAP_KEY);
  if (firstKey !== undefined)
    log.warn(
      `first start: the API key is ${firstKey} : keep it, only its hash is stored and it is not shown again`,
    );
  api.probes.guardMetrics(settings);
  api.hub.start();
  redis.on('ready', () => reconciler.nudge());
  reconciler.start();
  const failures = watchFailures(
    () => connect('worker'),
    () => reconciler.nudge(),
  );
  const origin = await startOrigin(
    { store, redis, subscriber, secret: settings.MILLRACE_ORIGIN_SECRET, metrics: settings, log },
    { host: settings.MILLRACE_HOST, port: settings.MILLRACE_ORIGIN_PORT },
  );
  const server = createAdaptorServer({
    fetch: createApi(api).fetch,
    // No time limit for uploads: the upload server enforces a minimum rate instead.
    serverOptions: { ...serverLimits, requestTimeout: 0 },
  }) as Server;
  const { MILLRACE_HOST: host, MILLRACE_PORT: port } = settings;
  log.info({ url: await listen(server, { host, port }) }, 'listening');
  return {
    stop: async () => {
      api.probes.markStopping();
      await Promise.all([closeServer(server, drainMs), origin.stop(), reconciler.stop()]);
      failures.stop();
      await jobs.close();
      redis.disconnect();
      subscriber.disconnect();
      await store.close();
    },
  };
}
