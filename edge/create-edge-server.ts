import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { TokenRefusal } from '#core/contracts/playback-token.js';
import { answerProbe } from '#core/http/answer-probe.js';
import { serverLimits } from '#core/http/listen.js';
import { MeasuredResponse } from '#core/http/measured-response.js';
import type { Logger } from '#core/runtime/log.js';
import type { Probes } from '#core/runtime/probes.js';
import type { ObjectCache } from '#edge/cache/object-cache.js';
import type { EdgeMetrics } from '#edge/edge-metrics.js';
import type { TrafficMeter } from '#edge/heartbeat/send-heartbeats.js';
import { parseTarget, type Target } from '#edge/respond/parse-target.js';
import { sendRefusal } from '#edge/respond/send-refusal.js';
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
/** Connections idle for this long are closed: their responses occupy memory. */
const idleMs = 30_000;

/** A longer CMCD report, decoded, is ignored. */
const maxReportCharacters = 1_024;

const refusals: Record<TokenRefusal, string> = {
  malformed: 'The token in this address is malformed.',
  unknown_key: 'The token in this address was signed with a key that is no longer in use.',
  wrong_signature: 'The token in this address was not made for this publication.',
  expired: 'The token in this address has expired. Ask for the playlist again.',
  not_yet: 'The token in this address is not valid yet.',
};

/** Creates the edge's only server, for media and probes. Opens nothing: the caller listens. */
export function createEdgeServer(parts: EdgeParts): Server {
  const server = createServer({ ...serverLimits, ServerResponse: MeasuredResponse }, (request, response) => {
    answer(parts, request, response).catch((error: unknown) => {
      parts.log.error({ err: error }, 'request failed');
      sendRefusal(request, response, 502, 'Something went wrong at this edge.');
    });
  });
  server.setTimeout(idleMs);
  return server;
}

async function answer(parts: EdgeParts, request: IncomingMessage, response: MeasuredResponse): Promise<void> {
  if (!['GET', 'HEAD', 'OPTIONS'].includes(request.method ?? '')) return refuseMethod(request, response);
  const target = parseTarget(request.url ?? '');
  if (target.kind === 'refused') {
    parts.metrics.requests.inc({ outcome: 'refused' });
    return sendRefusal(request, response, target.status, target.detail, commonHeaders);
  }
  if (target.kind === 'other') return answerOther(parts, request, response);
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
  sendRefusal(request, response, 405, 'Only GET, HEAD and OPTIONS are served here.', {
    ...commonHeaders,
    allow: allowedMethods,
    // A body may follow that nobody reads.
    connection: 'close',
  });
}

/** Answers a probe, and 404 for any other address that is not media. */
async function answerOther(
  parts: EdgeParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'OPTIONS') return refuseMethod(request, response);
  if (await answerProbe(parts.probes, request, response)) return;
  sendRefusal(request, response, 404, 'There is no such address here.', commonHeaders);
}

async function answerMedia(
  parts: EdgeParts,
  request: IncomingMessage,
  response: MeasuredResponse,
  target: Extract<Target, { kind: 'media' }>,
): Promise<void> {
  const startedAt = performance.now();
  response.onBytesSent = (bytes) => {
    parts.meter.sent(bytes);
    parts.metrics.sentBytes.inc(bytes);
  };
  const verdict = parts.tokens.verify(target.token, target.publicationId);
  if (!verdict.ok) {
    parts.metrics.requests.inc({ outcome: 'forbidden' });
    return sendRefusal(request, response, 403, refusals[verdict.refusal], commonHeaders);
  }
  if (reportsStarvation(target.query)) parts.metrics.starvations.inc();
  const lookup = parts.cache.find(target.objectPath);
  const { sessionId } = verdict.grant;
  response.onFirstByte = () =>
    parts.meter.record(sessionId, lookup.outcome === 'hit', performance.now() - startedAt);
  parts.metrics.openAnswers.inc();
  response.once('close', () => parts.metrics.openAnswers.dec());
  const outcome = await serveMedia(request, response, parts.edgeId, lookup);
  parts.metrics.requests.inc({ outcome });
}

/** Whether the CMCD report in a query string says that the player's buffer ran empty (CTA-5004, key `bs`). */
function reportsStarvation(query: string): boolean {
  if (query === '') return false;
  const report = new URLSearchParams(query.slice(0, 4 * maxReportCharacters)).get('CMCD') ?? '';
  if (report.length > maxReportCharacters) return false;
  return report.split(',').some((pair) => /^\s*bs\s*(=\s*true\s*)?$/.test(pair));
}
