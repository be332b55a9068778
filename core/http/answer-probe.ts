import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { serverLimits } from '#core/http/listen.js';
import { sendProblem } from '#core/http/send-problem.js';
import type { Logger } from '#core/runtime/log.js';
import type { Probes } from '#core/runtime/probes.js';
import { ProblemError } from '#core/runtime/problem.js';

/**
 * Answers `/healthz`, `/readyz` and `/metrics`; resolves to false, having sent nothing, for any other path.
 */
export async function answerProbe(
  probes: Probes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [path = ''] = (request.url ?? '').split('?', 1);
  const answer = await probes.respond(path, request.headers.authorization);
  if (!answer) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendProblem(request, response, new ProblemError(405, 'method', 'Probes take GET and HEAD.'), {
      allow: 'GET, HEAD',
      // A body may follow that nobody reads.
      connection: 'close',
    });
    return true;
  }
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
  return true;
}

/** Answers a probe with a fetch Response, for routers that have matched one of `probePaths`. */
export async function createProbeResponse(
  probes: Probes,
  path: string,
  authorization: string | undefined,
): Promise<Response> {
  const answer = await probes.respond(path, authorization);
  return new Response(answer?.body, {
    status: answer?.status ?? 404,
    headers: {
      ...answer?.headers,
      'content-type': answer?.contentType ?? 'text/plain',
      'cache-control': 'no-store',
    },
  });
}

/** Creates the server of a process that serves only probes. Opens nothing: the caller listens. */
export function createProbeServer(probes: Probes, log: Logger): Server {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (await answerProbe(probes, request, response)) return;
    throw new ProblemError(404, 'not-found', 'Only /healthz, /readyz and /metrics are served here.');
  };
  return createServer(serverLimits, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!(error instanceof ProblemError)) log.error({ err: error }, 'probe failed');
      sendProblem(request, response, error);
    });
  });
}
