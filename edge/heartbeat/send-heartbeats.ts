import type { Redis } from 'ioredis';
import { type Heartbeat, heartbeatSchema } from '#core/contracts/heartbeat.js';
import { redisKeys } from '#core/queue/queues.js';
import type { Logger } from '#core/runtime/log.js';

const intervalMs = 1_000;
const expirySeconds = 3;

/** Tells Redis every second that this edge lives. Redis away is a warning once, never an error to a player. */
export function sendHeartbeats(redis: Redis, log: Logger, describe: () => Heartbeat): { stop(): void } {
  let wasAway = false;
  const beat = async (): Promise<void> => {
    const heartbeat = heartbeatSchema.parse(describe());
    try {
      await redis
        .multi()
        .set(redisKeys.edge(heartbeat.edgeId), JSON.stringify(heartbeat), 'EX', expirySeconds)
        .sadd(redisKeys.edges, heartbeat.edgeId)
        .exec();
      if (wasAway) log.info('Redis is back: heartbeats are sent again');
      wasAway = false;
    } catch (error) {
      if (!wasAway) log.warn({ err: error }, 'Redis is away: no heartbeats until it returns');
      wasAway = true;
    }
  };
  void beat();
  const timer = setInterval(() => void beat(), intervalMs);
  return { stop: () => clearInterval(timer) };
}
