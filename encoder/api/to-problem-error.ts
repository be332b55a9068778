import { storageProblem } from '#core/http/storage-problem.js';
import { ProblemError } from '#core/runtime/problem.js';
import { ObjectStoreError } from '#core/storage/object-store.js';

const retrySoon = { 'retry-after': '2' };

/**
 * The problem that an error is to a caller. `redisReady` tells whether the connection stood when it was thrown: an unknown
 * error without Redis is Redis's absence, whatever the client library calls it.
 */
export function toProblemError(error: unknown, redisReady: boolean): unknown {
  if (error instanceof ProblemError) return error;
  if (error instanceof ObjectStoreError) return storageProblem(error);
  if (!redisReady || (error instanceof Error && error.name === 'ReplyError')) return queueAway(error);
  return error;
}

export function queueAway(cause: unknown): ProblemError {
  return new ProblemError(
    503,
    'queue-away',
    'The task queue does not answer now, so nothing can be changed. Try again in some seconds.',
    { headers: retrySoon, cause },
  );
}
