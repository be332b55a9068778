import type { Redis } from 'ioredis';
import type { TokenKey } from '#core/contracts/playback-token.js';
import type { Logger } from '#core/runtime/log.js';
import { Probes } from '#core/runtime/probes.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { DamageLog } from '#core/titles/damage-log.js';
import { EventStreams } from '#core/titles/event-streams.js';
import { TitleIndex } from '#core/titles/title-index.js';
import { TitleProgress } from '#core/titles/title-progress.js';
import { TitleStore } from '#core/titles/title-store.js';
import { createAddressReader } from '#delivery/client/create-address-reader.js';
import { NetworkThroughput } from '#delivery/client/estimate-bandwidth.js';
import type { LocationFinder } from '#delivery/client/geo-location.js';
import { UserAgentDevices } from '#delivery/client/read-user-agent.js';
import { EdgeRegistry } from '#delivery/edges/edge-registry.js';
import { createHeartbeatReader, type EdgeProbe } from '#delivery/edges/judge-health.js';
import { createDeliveryMetrics } from '#delivery/http/delivery-metrics.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';
import { WebPages } from '#delivery/pages/web-pages.js';
import { PlaylistComposer } from '#delivery/playlist/playlist-composer.js';
import { SteeringPace } from '#delivery/steering/steering-pace.js';
import { ReadinessReader } from '#delivery/titles/readiness-reader.js';
import { publicEventOf } from '#delivery/titles/summarise-title.js';
import { TitleReader } from '#delivery/titles/title-reader.js';

/** Delivery does not subscribe to Redis: each stream polls the title's cached record and its count. */
const eventStreamLimits = { pollMs: 1_000, keepAliveMs: 15_000, maxOpen: 500 };

export interface DeliveryResources {
  store: ObjectStore;
  redis: Redis;
  probe: EdgeProbe;
  findLocation: LocationFinder;
  tokenKeys: readonly [TokenKey, ...TokenKey[]];
  publicUrl: string;
  trustedProxies: readonly string[];
  webDirectory: string;
  log: Logger;
  nowMs?: () => number;
  random?: () => number;
}

/** Puts the service together from open connections. Opens none itself. */
export function assembleDelivery(resources: DeliveryResources): DeliveryParts {
  const { store, redis, nowMs = Date.now, random = Math.random } = resources;
  const progress = new TitleProgress(redis);
  const damageLog = new DamageLog(resources.log);
  const readiness = new ReadinessReader(redis, progress, nowMs);
  const titles = new TitleReader(new TitleStore(store, damageLog), store, readiness, damageLog, nowMs);
  const probes = new Probes('delivery');
  const edges = new EdgeRegistry({
    readHeartbeats: createHeartbeatReader(redis),
    probe: resources.probe,
    nowMs,
  });
  probes.addCheck('edges', async () => {
    if (!edges.isInformed)
      throw new Error('no heartbeats were read yet: is Redis running at MILLRACE_REDIS_URL?');
  });
  probes.addCheck('storage', async () => {
    await store.list('titles/', { limit: 1 });
  });
  return {
    titles,
    index: new TitleIndex(redis, store, nowMs),
    progress,
    streams: new EventStreams({
      ...eventStreamLimits,
      readEvent: async (titleId) => {
        const record = await titles.readRecord(titleId);
        return record && publicEventOf(record, progress);
      },
    }),
    edges,
    composer: new PlaylistComposer(),
    pace: new SteeringPace(nowMs, random),
    clients: {
      findLocation: resources.findLocation,
      userAgents: new UserAgentDevices(),
      networks: new NetworkThroughput(nowMs),
    },
    readAddress: createAddressReader(resources.trustedProxies),
    tokenKeys: resources.tokenKeys,
    publicUrl: resources.publicUrl,
    pages: new WebPages(resources.webDirectory, nowMs),
    probes,
    metrics: createDeliveryMetrics(probes.registry, () => edges.edges),
    log: resources.log,
    nowMs,
  };
}
