import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { publicationPrefix } from '#core/contracts/publication-layout.js';
import { answerProbe } from '#core/http/answer-probe.js';
import { serverLimits } from '#core/http/listen.js';
import { MeasuredResponse } from '#core/http/measured-response.js';
import { sendProblem, storageProblem } from '#core/http/send-problem.js';
import type { Logger } from '#core/runtime/log.js';
import type { Probes } from '#core/runtime/probes.js';
import { ProblemError } from '#core/runtime/problem.js';
import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';
import type { ObjectReader } from '#encoder/origin/object-reader.js';
import type { OnDemand } from '#encoder/origin/on-demand.js';
import type { OriginMetrics } from '#encoder/origin/origin-metrics.js';
import { parseMediaPath } from '#encoder/origin/parse-media-path.js';
import { respondObject } from '#encoder/origin/respond-object.js';
import type { StoredRequests } from '#encoder/origin/stored-requests.js';

export interface OriginServerParts {
  store: ObjectStore;
  reader: ObjectReader;
  onDemand: OnDemand;
  requests: StoredRequests;
  isAllowed: (authorization: string | undefined) => boolean;
  probes: Probes;
  metrics: OriginMetrics;
  log: Logger;
}

/** The server that edges read from. Opens nothing: the caller listens. */
export function createOriginServer(parts: OriginServerParts): Server {
  return createServer({ ...serverLimits, ServerResponse: MeasuredResponse }, (request, response) => {
    response.once('finish', () => parts.metrics.requests.inc({ status: response.statusCode }));
    answer(parts, request, response).catch((error: unknown) =>
      answerProblem(parts, request, response, error),
    );
  });
}

async function answer(
  parts: OriginServerParts,
  request: IncomingMessage,
  response: MeasuredResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new ProblemError(405, 'method', 'Only GET and HEAD are allowed here.', {
      headers: { allow: 'GET, HEAD', connection: 'close' },
    });
  }
  const target = request.url ?? '';
  if (!target.startsWith('/media/') && (await answerProbe(parts.probes, request, response))) return;
  response.onBytesSent = (bytes) => parts.metrics.sentBytes.inc(bytes);
  if (!parts.isAllowed(request.headers.authorization)) {
    throw new ProblemError(
      401,
      'not-authenticated',
      'Only edges that send the origin secret are served here.',
      {
        headers: { 'www-authenticate': 'Bearer realm="millrace-origin"' },
      },
    );
  }
  await answerMedia(parts, target, request, response);
}

async function answerMedia(
  parts: OriginServerParts,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const media = parseMediaPath(target);
  if (media === 'malformed')
    throw new ProblemError(400, 'bad-path', 'The path holds an escape or an empty element.');
  if (!media) throw notFound();
  const key = publicationPrefix(media.publicationId) + media.path;
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  const stored = await parts.reader.read(key);
  if (stored) parts.requests.note(media);
  const object = stored ?? (await parts.onDemand.obtain(media, closed.signal));
  if (!object) throw notFound();
  if (closed.signal.aborted) return;
  await respondObject({
    store: parts.store,
    request,
    response,
    key,
    contentType: media.contentType,
    object,
  });
}

/** Cached briefly: the object may soon exist. */
function notFound(): ProblemError {
  return new ProblemError(404, 'no-such-object', 'There is no such object.', {
    headers: { 'cache-control': 'max-age=2' },
  });
}

function answerProblem(
  parts: OriginServerParts,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  const known = error instanceof ObjectStoreError ? storageProblem(error) : error;
  const status = known instanceof ProblemError ? known.status : 500;
  const requestId = sendProblem(request, response, known);
  const line = {
    requestId,
    status,
    path: request.url?.slice(0, 200),
    err: status === 500 ? error : undefined,
  };
  parts.log[status >= 500 ? 'warn' : 'debug'](line, error instanceof Error ? error.message : 'unknown error');
}
