import { titleIdOf } from '#core/contracts/ids.js';
import { ProblemError } from '#core/runtime/problem.js';
import { findNetworkPrefix } from '#delivery/client/find-network-prefix.js';
import { answerPersonal } from '#delivery/http/answer-personal.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';
import { type DeliveryContext, readClientRequest } from '#delivery/http/read-client-request.js';
import { orderPathways, type SteeringManifest } from '#delivery/steering/order-pathways.js';
import { readSteeringReport } from '#delivery/steering/read-steering-report.js';
import { readSteeringSession, type SteeringSession } from '#delivery/steering/steering-session.js';

/**
 * `GET /steering/{token}/{publicationId}/{edge ids}`: where this session should play from now. Never 429,
 * after which hls.js asks no more: under load the TTL grows instead.
 */
export function answerSteering(parts: DeliveryParts, context: DeliveryContext): Response {
  const session = requireSession(parts, context);
  const request = readClientRequest(context, parts.readAddress);
  const report = readSteeringReport(request.query);
  const network = findNetworkPrefix(request.address);
  if (network !== undefined && report.throughputBitsPerSecond !== undefined)
    parts.clients.networks.report(network, session.sessionId, report.throughputBitsPerSecond);
  const manifest: SteeringManifest = {
    VERSION: 1,
    TTL: parts.pace.nextTtlSeconds(),
    'RELOAD-URI': parts.publicUrl + context.req.path,
    'PATHWAY-PRIORITY': orderPathways({
      edgeIds: session.edgeIds,
      edges: parts.edges.edges,
      titleId: titleIdOf(session.publicationId),
      location: parts.clients.findLocation(request.address),
      currentEdgeId: report.currentEdgeId,
    }),
  };
  parts.metrics.steering.inc({ result: 'ok' });
  return answerPersonal(context, JSON.stringify(manifest), 'application/json');
}

function requireSession(parts: DeliveryParts, context: DeliveryContext): SteeringSession {
  const [token = '', publicationId = '', edgeIds = ''] = ['token', 'publicationId', 'edgeIds'].map(
    (name) => context.req.param(name) ?? '',
  );
  const path = { token, publicationId, edgeIds };
  const verified = readSteeringSession(parts.tokenKeys, path, parts.nowMs() / 1_000);
  if (verified.ok) return verified.session;
  parts.metrics.steering.inc({ result: verified.refusal });
  // RFC 8216bis 7.1: 410 tells a player to stop asking. Its media token has run out as well.
  if (verified.refusal === 'expired')
    throw new ProblemError(410, 'session-expired', 'This session has ended. Load the playlist again.');
  throw new ProblemError(403, 'session-refused', 'This steering address was not made here.');
}
