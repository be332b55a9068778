import { Redis } from 'ioredis';

/**
 * - `request`: a caller waits, so commands fail fast while Redis is down, and within `maxCommandMs` while it
 *   hangs.
 * - `worker`: BullMQ's blocking and background connections, which wait for Redis to return.
 * - `subscriber`: pub/sub; subscribes again after a reconnect.
 */
export type RedisRole = 'request' | 'worker' | 'subscriber';

/**
 * Limit of one command of role `request`: enough for a transaction that adds the thousands of jobs of a long
 * title. Callers that have a fallback wait less, see `awaitRedis`.
 */
const maxCommandMs = 5_000;

/**
 * Opens a connection to `redis://[user:password@]host:port/db`, `rediss://…` or `unix:///path/to/redis.sock`.
 * The caller must listen to its `error` events, and must `quit()` or `disconnect()` it.
 */
export function connectRedis(url: string, role: RedisRole): Redis {
  const options = {
    maxRetriesPerRequest: role === 'request' ? 1 : null,
    enableOfflineQueue: role !== 'request',
    connectTimeout: 5_000,
    // `socketTimeout` ends a connection that hangs, so that later commands fail at once.
    ...(role === 'request' ? { commandTimeout: maxCommandMs, socketTimeout: maxCommandMs } : {}),
    retryStrategy: (times: number) => Math.min(times * 100, 2_000),
  };
  const parsed = new URL(url);
  if (parsed.protocol === 'unix:')
    return new Redis({ ...options, path: decodeURIComponent(parsed.pathname) });
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    throw new Error(
      `MILLRACE_REDIS_URL must begin with redis://, rediss:// or unix://, not ${parsed.protocol}//`,
    );
  }
  return new Redis(url, options);
}

/** Resolves once the connection accepts commands; rejects after `timeoutMs`. */
export async function waitForRedis(redis: Redis, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      redis.off('ready', onReady);
      reject(new Error(`Redis did not answer within ${timeoutMs} ms: is it running at MILLRACE_REDIS_URL?`));
    }, timeoutMs);
    const onReady = (): void => {
      clearTimeout(timer);
      resolve();
    };
    redis.once('ready', onReady);
  });
}
