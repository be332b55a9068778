import { ProblemError } from '#core/runtime/problem.js';
import type { ObjectStoreError } from '#core/storage/object-store.js';

/**
 * Makes the problem for a storage error that no handler expected. Whatever its code, the status is 503:
 * storage may recover.
 */
export function storageProblem(cause: ObjectStoreError): ProblemError {
  return cause.code === 'no_space'
    ? new ProblemError(503, 'no-space', 'The storage is full.', { headers: { 'retry-after': '60' }, cause })
    : new ProblemError(503, 'storage-away', 'The storage does not answer. Try again in a few seconds.', {
        headers: { 'retry-after': '2' },
        cause,
      });
}
