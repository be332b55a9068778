import type { Measurement, Plan } from '#core/contracts/plan.js';
import { writePublicationMultivariant } from '#core/hls/publication/write-publication-multivariant.js';
import { BoundedMap } from '#core/runtime/bounded-map.js';
import type { RenditionDecision } from '#delivery/choose/choose-renditions.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';

/** The only strings that differ between two players with the same renditions and edges. */
export interface PlaylistSecrets {
  playbackToken: string;
  steeringUrl: string;
}

export interface PlaylistPlan {
  plan: Plan;
  measurement: Measurement | undefined;
  renditions: RenditionDecision;
  /** Best first, at least one. */
  edges: readonly EdgeState[];
}

// Neither text can come from a plan or an edge: the playlist writer would refuse or escape it.
const tokenPlaceholder = 'MILLRACE-TOKEN-HERE';
const steeringPlaceholder = 'MILLRACE-STEERING-HERE';

/** A playlist split where its secrets go. */
interface Template {
  beforeSteering: string;
  /** The text after the steering address, split where the token goes. */
  pieces: readonly string[];
}

/**
 * Writes multivariant playlists. Players of one title and region mostly differ in their secrets alone, so the
 * text around these is written once and cached for the last `cacheLimit` combinations.
 */
export class PlaylistComposer {
  private readonly templates: BoundedMap<string, Template>;

  constructor(cacheLimit = 1_000) {
    this.templates = new BoundedMap(cacheLimit);
  }

  compose(playlist: PlaylistPlan, secrets: PlaylistSecrets): string {
    const key = templateKey(playlist);
    let template = this.templates.get(key);
    if (!template) {
      template = splitTemplate(writeTemplate(playlist));
      this.templates.set(key, template);
    }
    // `join` makes a flat string. Appending piece by piece makes a rope, which is slow to send.
    return template.beforeSteering + secrets.steeringUrl + template.pieces.join(secrets.playbackToken);
  }
}

function splitTemplate(text: string): Template {
  const at = text.indexOf(steeringPlaceholder);
  return {
    beforeSteering: text.slice(0, at),
    pieces: text.slice(at + steeringPlaceholder.length).split(tokenPlaceholder),
  };
}

function templateKey({ plan, measurement, renditions, edges }: PlaylistPlan): string {
  return [
    plan.publicationId,
    measurement ? 'measured' : 'declared',
    renditions.renditionIds.join(),
    renditions.firstRenditionId,
    renditions.defaultAudioId,
    ...edges.map((edge) => `${edge.edgeId} ${edge.publicUrl}`),
  ].join('\n');
}

function writeTemplate({ plan, measurement, renditions, edges }: PlaylistPlan): string {
  const { renditionIds, firstRenditionId } = renditions;
  const best = edges[0];
  if (!best) throw new Error(`publication ${plan.publicationId}: a playlist needs at least one edge`);
  return writePublicationMultivariant(withDefaultAudio(plan, renditions.defaultAudioId), measurement, {
    renditionIds,
    ...(firstRenditionId === undefined ? {} : { firstRenditionId }),
    pathways: edges.map((edge) => ({
      pathwayId: edge.edgeId,
      baseUrl: `${edge.publicUrl}/m/${tokenPlaceholder}/${plan.publicationId}/`,
    })),
    steering: { serverUri: steeringPlaceholder, pathwayId: best.edgeId },
  });
}

function withDefaultAudio(plan: Plan, defaultAudioId: string | undefined): Plan {
  if (defaultAudioId === undefined) return plan;
  const audio = plan.audio.map((track) => ({ ...track, isDefault: track.renditionId === defaultAudioId }));
  return { ...plan, audio };
}
