import { storageProblem } from '#core/http/send-problem.js';
import { ProblemError } from '#core/runtime/problem.js';
import { ObjectStoreError } from '#core/storage/object-store.js';

const retrySoon = { 'retry-after': '2' };

/**
 * Turns storage and Redis errors into problems; returns any other error unchanged. `redisReady` says whether
 * Redis was connected: without a connection an unknown error counts as one of Redis, because its client has
 * no class for them.
 */
export function toProblemError(error: unknown, redisReady: boolean): unknown {
  if (error instanceof ProblemError) return error;
  if (error instanceof ObjectStoreError) return storageProblem(error);
  if (!redisReady || (error instanceof Error && error.name === 'ReplyError')) return queueUnavailable(error);
  return error;
}

export function queueUnavailable(cause: unknown): ProblemError {
  return new ProblemError(
    503,
    'queue-away',
    'The task queue does not answer, so nothing can be changed now. Try again in a few seconds.',
    { headers: retrySoon, cause },
  );
}
