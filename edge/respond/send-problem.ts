import { randomUUID } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ProblemError, toProblem } from '#core/runtime/problem.js';

const kinds: Record<number, string> = {
  400: 'bad-address',
  403: 'not-allowed',
  404: 'not-found',
  405: 'method-not-allowed',
  410: 'gone',
  416: 'range-not-satisfiable',
  502: 'bad-upstream',
  503: 'not-yet',
  504: 'upstream-timeout',
};

/** Sends an RFC 9457 problem. `headers` win over the problem's own. */
export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  detail: string,
  headers: OutgoingHttpHeaders = {},
): void {
  const problem = toProblem(new ProblemError(status, kinds[status] ?? 'error', detail), randomUUID());
  response.writeHead(status, {
    ...problem.headers,
    ...headers,
    'content-length': Buffer.byteLength(problem.body),
  });
  response.end(request.method === 'HEAD' ? undefined : problem.body);
}
