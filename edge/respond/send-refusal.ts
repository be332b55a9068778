import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { sendProblem } from '#core/http/send-problem.js';
import { ProblemError } from '#core/runtime/problem.js';

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

/** Sends the problem that belongs to an edge's `status`. `headers` win over the problem's own. */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  detail: string,
  headers: OutgoingHttpHeaders = {},
): void {
  sendProblem(request, response, new ProblemError(status, kinds[status] ?? 'error', detail), headers);
}
