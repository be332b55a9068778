import type { TitleId } from '#core/contracts/ids.js';
import type { Measurement, Plan } from '#core/contracts/plan.js';
import { chooseEdges, type EdgeDecision } from '#delivery/choose/choose-edges.js';
import type { ExplainStage } from '#delivery/choose/explain-stage.js';
import { chooseRenditions, type RenditionDecision } from '#delivery/choose/choose-renditions.js';
import { type Client, type ClientRequest, describeClient } from '#delivery/client/describe-client.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';
import { type PlayableTitle, requirePlayable } from '#delivery/titles/require-playable.js';

export interface LoadedTitle {
  record: PlayableTitle;
  plan: Plan;
  measurement: Measurement | undefined;
}

export interface PlayDecision {
  client: Client;
  renditions: RenditionDecision;
  edges: EdgeDecision;
}

/** Throws a ProblemError where the title cannot be played now. */
export async function loadPlayable({ titles }: DeliveryParts, titleId: TitleId): Promise<LoadedTitle> {
  const record = requirePlayable(titleId, await titles.readRecord(titleId));
  const [plan, measurement] = await Promise.all([
    titles.readPlan(record.publication.publicationId),
    titles.readMeasurement(record),
  ]);
  return { record, plan, measurement };
}

/** Who asks, which renditions, which edges: synchronous, from memory alone. */
export function decidePlay(
  parts: DeliveryParts,
  title: LoadedTitle,
  request: ClientRequest,
  explain?: ExplainStage,
): PlayDecision {
  const client = describeClient(request, parts.clients);
  return {
    client,
    renditions: chooseRenditions(title.plan, title.measurement, client),
    edges: chooseEdges(
      { edges: parts.edges.edges, titleId: title.record.titleId, place: client.place },
      explain,
    ),
  };
}

/** `Millrace-Decision`: short, header-safe, nothing private. */
export function describeDecision({ client, renditions, edges }: PlayDecision): string {
  const offered = renditions.renditionIds.length;
  return [
    `edge=${edges.edges[0]?.edgeId ?? 'none'}`,
    `reason=${edges.reason}`,
    `renditions=${offered}/${offered + renditions.dropped.length}`,
    `first=${renditions.firstRenditionId ?? 'none'}`,
    `device=${client.device.deviceClass}`,
    `place=${client.place?.source ?? 'unknown'}`,
  ].join(' ');
}
