import type { TokenKey } from '#core/contracts/playback-token.js';
import type { Logger } from '#core/runtime/log.js';
import type { Probes } from '#core/runtime/probes.js';
import type { EventStreams } from '#core/titles/event-streams.js';
import type { TitleIndex } from '#core/titles/title-index.js';
import type { TitleProgress } from '#core/titles/title-progress.js';
import type { AddressReader } from '#delivery/client/create-address-reader.js';
import type { ClientSources } from '#delivery/client/describe-client.js';
import type { EdgeRegistry } from '#delivery/edges/edge-registry.js';
import type { DeliveryMetrics } from '#delivery/http/delivery-metrics.js';
import type { WebPages } from '#delivery/pages/web-pages.js';
import type { PlaylistComposer } from '#delivery/playlist/playlist-composer.js';
import type { SteeringPace } from '#delivery/steering/steering-pace.js';
import type { TitleReader } from '#delivery/titles/title-reader.js';

/** Everything the routes use; `assembleDelivery` puts it together. */
export interface DeliveryParts {
  titles: TitleReader;
  index: TitleIndex;
  progress: TitleProgress;
  streams: EventStreams;
  edges: EdgeRegistry;
  composer: PlaylistComposer;
  pace: SteeringPace;
  clients: ClientSources;
  readAddress: AddressReader;
  /** The first key signs; all verify. */
  tokenKeys: readonly [TokenKey, ...TokenKey[]];
  /** Public base address of delivery, without a trailing slash. */
  publicUrl: string;
  pages: WebPages;
  probes: Probes;
  metrics: DeliveryMetrics;
  log: Logger;
  nowMs: () => number;
}
