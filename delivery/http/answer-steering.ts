import type { EdgeId } from '#core/contracts/heartbeat.js';
import { titleIdOf } from '#core/contracts/ids.js';
import { ProblemError } from '#core/runtime/problem.js';
import { findNetworkPrefix } from '#delivery/client/create-address-reader.js';
import { answerPersonal } from '#delivery/http/answer-personal.js';
import type { DeliveryContext } from '#delivery/http/delivery-context.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';
import { readClientRequest } from '#delivery/http/read-client-request.js';
import { orderPathways } from '#delivery/steering/order-pathways.js';
import {
  readSteeringReport,
  readSteeringSession,
  type SteeringSession,
} from '#delivery/steering/steering-session.js';

/** A steering manifest (RFC 8216bis 7.2), spelled as on the wire. */
export interface SteeringManifest {
  VERSION: 1;
  /** Seconds. Always present: without it hls.js reloads in a hot loop. */
  TTL: number;
  'RELOAD-URI': string;
  'PATHWAY-PRIORITY': EdgeId[];
}

/**
 * Answers `GET /steering/{token}/{publicationId}/{edge ids}` with the order of edges for this session. Never
 * answers 429, after which hls.js stops asking: under load the TTL grows instead.
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
  // RFC 8216bis 7.1: 410 makes a player stop asking. Its playback token has expired as well.
  if (verified.refusal === 'expired')
    throw new ProblemError(410, 'session-expired', 'This session has expired. Load the playlist again.');
  throw new ProblemError(403, 'session-refused', 'This steering address is not valid.');
}
