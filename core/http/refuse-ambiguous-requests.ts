import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { sendProblem } from '#core/http/send-problem.js';
import { ProblemError } from '#core/runtime/problem.js';

const maxHeaders = 100;

/**
 * Makes a server refuse requests that it and a proxy before it may read in two ways: with more than one Host,
 * with a target that is not a path, or with too many headers. Call it after all listeners are added.
 */
export function refuseAmbiguousRequests(server: Server): void {
  // With a limit Node.js silently drops the headers past it. The limit of 16 KB on all of them stays.
  server.maxHeadersCount = 0;
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const refusal = findRefusal(request);
    // A body may follow that nobody reads.
    if (refusal) sendProblem(request, response, refusal, { connection: 'close' });
    else for (const listener of listeners) listener.call(server, request, response);
  });
}

function findRefusal({ rawHeaders, url = '' }: IncomingMessage): ProblemError | undefined {
  const headerCount = rawHeaders.length / 2;
  if (headerCount > maxHeaders)
    return new ProblemError(
      431,
      'too-many-headers',
      `The request has ${headerCount} headers, over the limit of ${maxHeaders}.`,
    );
  // RFC 9112 3.2.
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length > 1)
    return new ProblemError(400, 'several-hosts', 'The request has more than one Host header.');
  // RFC 9112 3.2.2 wants servers to accept absolute-form too, but only clients of a proxy send it.
  if (!url.startsWith('/'))
    return new ProblemError(
      400,
      'not-a-path',
      'The request target must be a path, which begins with a slash.',
    );
  return undefined;
}
