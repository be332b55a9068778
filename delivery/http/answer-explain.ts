import ipaddr from 'ipaddr.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { StageRecord } from '#delivery/choose/explain-stage.js';
import type { ClientRequest } from '#delivery/client/client-request.js';
import { answerPersonal } from '#delivery/http/answer-personal.js';
import { decidePlay, describeDecision } from '#delivery/http/decide-play.js';
import type { DeliveryContext } from '#delivery/http/delivery-context.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';
import { readClientRequest } from '#delivery/http/read-client-request.js';
import { requireExplainKey } from '#delivery/http/require-explain-key.js';
import { requireTitleId } from '#delivery/http/require-title-id.js';

/**
 * Answers `GET /explain/{titleId}` with the decision that `/play` would make now: every stage, what it
 * dropped and why. `?address=` and `?userAgent=` describe another client. Starts no session.
 */
export async function answerExplain(parts: DeliveryParts, context: DeliveryContext): Promise<Response> {
  requireExplainKey(parts.tokenKeys, context.req.header('authorization'));
  const titleId = requireTitleId(context.req.param('titleId'));
  const title = await parts.titles.readPlayable(titleId);
  const stages: StageRecord[] = [];
  const request = describeOther(readClientRequest(context, parts.readAddress));
  const decision = decidePlay(parts, title, request, (record) => stages.push(record()));
  const explanation = {
    titleId,
    publicationId: title.plan.publicationId,
    decision: describeDecision(decision),
    client: decision.client,
    renditions: { ...decision.renditions, first: decision.renditions.describeFirst() },
    encodeSpeeds: title.readiness?.speeds,
    edges: {
      chosen: decision.edges.edges.map((edge) => edge.edgeId),
      reason: decision.edges.reason,
      stages,
      known: parts.edges.edges,
      redisAway: parts.edges.isRedisDown,
    },
  };
  return answerPersonal(context, JSON.stringify(explanation, null, 1), 'application/json');
}

function describeOther(request: ClientRequest): ClientRequest {
  const address = request.query('address');
  const userAgent = request.query('userAgent');
  if (address !== undefined && !ipaddr.isValid(address))
    throw new ProblemError(400, 'bad-address', 'The value of ?address= is not an IPv4 or IPv6 address.');
  return {
    ...request,
    address: address === undefined ? request.address : ipaddr.process(address).toString(),
    header: (name) => (name === 'user-agent' && userAgent !== undefined ? userAgent : request.header(name)),
  };
}
