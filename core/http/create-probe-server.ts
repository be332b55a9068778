import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerProbe } from '#core/http/answer-probe.js';
import { serverLimits } from '#core/http/listen.js';
import { sendProblem } from '#core/http/send-problem.js';
import type { Logger } from '#core/runtime/log.js';
import type { Probes } from '#core/runtime/probes.js';
import { ProblemError } from '#core/runtime/problem.js';

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
