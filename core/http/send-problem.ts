import { randomUUID } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ProblemError, toProblem } from '#core/runtime/problem.js';
import type { ObjectStoreError } from '#core/storage/object-store.js';

/**
 * Sends `error` as an RFC 9457 problem and returns its request id. `headers` override the problem's own. A
 * response that has begun is destroyed instead: a clean end would make a part look like the whole.
 */
export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  headers: OutgoingHttpHeaders = {},
): string {
  const requestId = randomUUID();
  if (response.headersSent) {
    response.destroy();
    return requestId;
  }
  const problem = toProblem(error, requestId);
  response.writeHead(problem.status, {
    ...problem.headers,
    ...headers,
    'x-request-id': requestId,
    'content-length': Buffer.byteLength(problem.body),
  });
  response.end(request.method === 'HEAD' ? undefined : problem.body);
  return requestId;
}

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
