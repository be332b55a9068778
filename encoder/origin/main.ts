import { connectRedis, type RedisRole, waitForRedis } from '#core/queue/redis.js';
import type { Logger } from '#core/runtime/log.js';
import { type RunningService, runService } from '#core/runtime/run-service.js';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import { readStorageCredentials } from '#core/storage/storage-credentials.js';
import { type OriginSettings, readOriginSettings } from '#encoder/origin/origin-settings.js';
import { startOrigin } from '#encoder/origin/start-origin.js';

await runService('origin', async ({ log, environment }) => start(readOriginSettings(environment), log));

/** The origin alone. It serves stored objects even while Redis is down. */
async function start(settings: OriginSettings, log: Logger): Promise<RunningService> {
  const store = openObjectStore(settings.MILLRACE_STORAGE_URL, readStorageCredentials(settings), 'request');
  const connect = (role: RedisRole) => {
    const connection = connectRedis(settings.MILLRACE_REDIS_URL, role);
    connection.on('error', (err) => log.debug({ err }, 'Redis connection'));
    return connection;
  };
  const [redis, subscriber] = [connect('request'), connect('subscriber')];
  await waitForRedis(redis, 3_000).catch((error: Error) => log.warn(error.message));
  const origin = await startOrigin(
    { store, redis, subscriber, secret: settings.MILLRACE_ORIGIN_SECRET, metrics: settings, log },
    { host: settings.MILLRACE_HOST, port: settings.MILLRACE_PORT },
  );
  log.info({ url: origin.url }, 'listening');
  return {
    stop: async () => {
      await origin.stop();
      redis.disconnect();
      subscriber.disconnect();
      await store.close();
    },
  };
}
