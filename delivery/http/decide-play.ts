import { chooseEdges, type EdgeDecision } from '#delivery/choose/choose-edges.js';
import { chooseRenditions, type RenditionDecision } from '#delivery/choose/choose-renditions.js';
import type { ExplainStage } from '#delivery/choose/explain-stage.js';
import type { ClientRequest } from '#delivery/client/client-request.js';
import { type Client, describeClient } from '#delivery/client/describe-client.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';
import type { LoadedTitle } from '#delivery/titles/title-reader.js';

export interface PlayDecision {
  client: Client;
  renditions: RenditionDecision;
  edges: EdgeDecision;
}

/** Describes the client and chooses renditions and edges. Synchronous: reads memory only. */
export function decidePlay(
  parts: DeliveryParts,
  title: LoadedTitle,
  request: ClientRequest,
  explain?: ExplainStage,
): PlayDecision {
  const client = describeClient(request, parts.clients);
  return {
    client,
    renditions: chooseRenditions(title.plan, title.measurement, client, title.readiness),
    edges: chooseEdges(
      { edges: parts.edges.edges, titleId: title.record.titleId, location: client.location },
      explain,
    ),
  };
}

/** Writes the header `Millrace-Decision`. Contains no text from the client and nothing private. */
export function describeDecision({ client, renditions, edges }: PlayDecision): string {
  const offered = renditions.renditionIds.length;
  return [
    `edge=${edges.edges[0]?.edgeId ?? 'none'}`,
    `reason=${edges.reason}`,
    `renditions=${offered}/${offered + renditions.dropped.length}`,
    `first=${renditions.firstRenditionId ?? 'none'}`,
    `device=${client.device.deviceClass}`,
    `location=${client.location?.source ?? 'unknown'}`,
  ].join(' ');
}
