import type { Redis } from 'ioredis';
import { type Heartbeat, heartbeatSchema } from '#core/contracts/heartbeat.js';
import { redisKeys } from '#core/queue/queues.js';
import type { Logger } from '#core/runtime/log.js';

const intervalMs = 1_000;
const expirySeconds = 3;

/**
 * Writes this edge's heartbeat to Redis every second. Logs once when Redis goes down; players notice nothing.
 */
export function sendHeartbeats(redis: Redis, log: Logger, describe: () => Heartbeat): { stop(): void } {
  let isRedisDown = false;
  const beat = async (): Promise<void> => {
    const heartbeat = heartbeatSchema.parse(describe());
    try {
      await redis
        .multi()
        .set(redisKeys.edge(heartbeat.edgeId), JSON.stringify(heartbeat), 'EX', expirySeconds)
        .sadd(redisKeys.edges, heartbeat.edgeId)
        .exec();
      if (isRedisDown) log.info('Redis is back: heartbeats are sent again');
      isRedisDown = false;
    } catch (error) {
      if (!isRedisDown) log.warn({ err: error }, 'Redis is down: no heartbeats until it returns');
      isRedisDown = true;
    }
  };
  void beat();
  const timer = setInterval(() => void beat(), intervalMs);
  return { stop: () => clearInterval(timer) };
}
