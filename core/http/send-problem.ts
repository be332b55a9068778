import { randomUUID } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { toProblem } from '#core/runtime/problem.js';

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
