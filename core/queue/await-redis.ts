import { withDeadline } from '#core/runtime/with-deadline.js';

/**
 * A connection that hangs is treated as one that is down, so that nobody waits longer than this for Redis.
 */
const maxWaitMs = 1_000;

/**
 * Resolves as `answer` does, or rejects after one second. The command itself goes on: only the wait ends. For
 * callers that have a fallback while Redis is down.
 */
export function awaitRedis<Value>(answer: Promise<Value>): Promise<Value> {
  return withDeadline('Redis', maxWaitMs, answer);
}
