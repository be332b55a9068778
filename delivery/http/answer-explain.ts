import ipaddr from 'ipaddr.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { StageRecord } from '#delivery/choose/explain-stage.js';
import type { ClientRequest } from '#delivery/client/client-request.js';
import { answerPersonal } from '#delivery/http/answer-personal.js';
import { decidePlay, describeDecision } from '#delivery/http/decide-play.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';
import {
  type DeliveryContext,
  readClientRequest,
  requireTitleId,
} from '#delivery/http/read-client-request.js';
import { requireExplainKey } from '#delivery/http/require-explain-key.js';

/**
 * `GET /explain/{titleId}`: the decision that `/play` would make now, every stage with what it dropped and
 * why. `?address=` and `?userAgent=` ask on behalf of somebody else. Starts no session.
 */
export async function answerExplain(parts: DeliveryParts, context: DeliveryContext): Promise<Response> {
  requireExplainKey(parts.tokenKeys, context.req.header('authorization'));
  const titleId = requireTitleId(context.req.param('titleId'));
  const title = await parts.titles.readPlayable(titleId);
  const stages: StageRecord[] = [];
  const request = onBehalf(readClientRequest(context, parts.readAddress));
  const decision = decidePlay(parts, title, request, (record) => stages.push(record()));
  const explanation = {
    titleId,
    publicationId: title.plan.publicationId,
    decision: describeDecision(decision),
    client: decision.client,
    renditions: { ...decision.renditions, first: decision.renditions.describeFirst() },
    edges: {
      chosen: decision.edges.edges.map((edge) => edge.edgeId),
      reason: decision.edges.reason,
      stages,
      known: parts.edges.edges,
      redisAway: parts.edges.isRedisAway,
    },
  };
  return answerPersonal(context, JSON.stringify(explanation, null, 1), 'application/json');
}

function onBehalf(request: ClientRequest): ClientRequest {
  const address = request.query('address');
  const userAgent = request.query('userAgent');
  if (address !== undefined && !ipaddr.isValid(address))
    throw new ProblemError(400, 'bad-address', '?address= is not an IPv4 or IPv6 address.');
  return {
    ...request,
    address: address === undefined ? request.address : ipaddr.process(address).toString(),
    header: (name) => (name === 'user-agent' && userAgent !== undefined ? userAgent : request.header(name)),
  };
}
