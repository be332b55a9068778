import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { TokenRefusal } from '#core/contracts/playback-token.js';
import type { Logger } from '#core/runtime/log.js';
import type { Probes } from '#core/runtime/probes.js';
import type { ObjectCache } from '#edge/cache/object-cache.js';
import type { EdgeMetrics } from '#edge/edge-metrics.js';
import type { TrafficMeter } from '#edge/heartbeat/traffic-meter.js';
import { parseTarget, type Target } from '#edge/respond/parse-target.js';
import { readCmcd } from '#edge/respond/read-cmcd.js';
import { sendProblem } from '#edge/respond/send-problem.js';
import { commonHeaders, serveMedia } from '#edge/respond/serve-media.js';
import type { TokenVerifier } from '#edge/token/token-verifier.js';

export interface EdgeParts {
  edgeId: string;
  cache: ObjectCache;
  tokens: TokenVerifier;
  meter: TrafficMeter;
  metrics: EdgeMetrics;
  probes: Probes;
  log: Logger;
}

const allowedMethods = 'GET, HEAD, OPTIONS';
/** A connection on which nothing moves for this long holds its answer's bytes in memory for nobody. */
const idleMs = 30_000;

const refusals: Record<TokenRefusal, string> = {
  malformed: 'The token in this address is not one of ours.',
  unknown_key: 'The token in this address was signed with a key that is no longer in use.',
  wrong_signature: 'The token in this address was not made for this publication.',
  expired: 'The token in this address has expired. Ask for the playlist again.',
  not_yet: 'The token in this address is not valid yet.',
};

/** The edge's one server: media, probes, and a refusal for everything else. */
export function createEdgeServer(parts: EdgeParts): Server {
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      requireHostHeader: true,
      noDelay: true,
    },
    (request, response) => {
      answer(parts, request, response).catch((error: unknown) => {
        parts.log.error({ err: error }, 'request failed');
        if (response.headersSent) response.destroy();
        else sendProblem(request, response, 502, 'Something went wrong at this edge.');
      });
    },
  );
  server.maxHeadersCount = 100;
  server.setTimeout(idleMs);
  return server;
}

async function answer(parts: EdgeParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length > 1)
    return sendProblem(request, response, 400, 'The request has more than one Host header.');
  if (!['GET', 'HEAD', 'OPTIONS'].includes(request.method ?? '')) return refuseMethod(request, response);
  const target = parseTarget(request.url ?? '');
  if (target.kind === 'refused') {
    parts.metrics.requests.inc({ outcome: 'refused' });
    return sendProblem(request, response, target.status, target.detail, commonHeaders);
  }
  if (target.kind === 'other') return answerProbe(parts, request, response, target.pathname);
  if (request.method === 'OPTIONS') {
    response.writeHead(204, {
      ...commonHeaders,
      'access-control-allow-methods': allowedMethods,
      'access-control-allow-headers':
        'Range, If-Range, If-None-Match, CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status',
      'access-control-max-age': '86400',
    });
    response.end();
    return;
  }
  await answerMedia(parts, request, response, target);
}

function refuseMethod(request: IncomingMessage, response: ServerResponse): void {
  sendProblem(request, response, 405, 'Only GET, HEAD and OPTIONS are served here.', {
    ...commonHeaders,
    allow: allowedMethods,
    // A body may follow that nobody will read.
    connection: 'close',
  });
}

async function answerProbe(
  parts: EdgeParts,
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod(request, response);
  const probe = await parts.probes.respond(pathname);
  if (!probe) return sendProblem(request, response, 404, 'There is no such address here.', commonHeaders);
  response.writeHead(probe.status, { 'content-type': probe.contentType, 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : probe.body);
}

async function answerMedia(
  parts: EdgeParts,
  request: IncomingMessage,
  response: ServerResponse,
  target: Extract<Target, { kind: 'media' }>,
): Promise<void> {
  const startedAt = performance.now();
  const verdict = parts.tokens.verify(target.token, target.publicationId);
  if (!verdict.ok) {
    parts.metrics.requests.inc({ outcome: 'forbidden' });
    return sendProblem(request, response, 403, refusals[verdict.refusal], commonHeaders);
  }
  const report = target.query === '' ? undefined : readCmcd(target.query);
  if (report?.starved) parts.metrics.starvations.inc();
  response.once('close', () => {
    const bytes = Number(response.getHeader('content-length') ?? 0);
    const sent = response.writableFinished ? bytes : 0;
    parts.meter.sent(sent);
    parts.metrics.sentBytes.inc(sent);
  });
  const lookup = parts.cache.find(target.objectPath);
  const waiting = parts.metrics.openAnswers;
  waiting.inc();
  response.once('close', () => waiting.dec());
  const outcome = await serveMedia(request, response, parts.edgeId, lookup);
  parts.meter.record(verdict.grant.sessionId, outcome === 'hit', performance.now() - startedAt);
  parts.metrics.requests.inc({ outcome });
}
