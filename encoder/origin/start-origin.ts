import type { Redis } from 'ioredis';
import { closeServer, type ListenAddress, listen } from '#core/http/listen.js';
import { DemandInterest } from '#core/queue/demand-interest.js';
import { createBearerCheck } from '#core/runtime/bearer-check.js';
import type { Logger } from '#core/runtime/log.js';
import { type MetricsSettings, Probes } from '#core/runtime/probes.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { DamageLog } from '#core/titles/damage-log.js';
import { PlanReader } from '#core/titles/plan-reader.js';
import { TitleStore } from '#core/titles/title-store.js';
import { createOriginServer } from '#encoder/origin/create-origin-server.js';
import { DamagedObjects } from '#encoder/origin/damaged-objects.js';
import { DemandQueue } from '#encoder/origin/demand-queue.js';
import { ObjectReader } from '#encoder/origin/object-reader.js';
import { OnDemand, type OnDemandLimits } from '#encoder/origin/on-demand.js';
import { createOriginMetrics } from '#encoder/origin/origin-metrics.js';
import { PromisedObjects } from '#encoder/origin/promised-objects.js';
import { StoredRequests } from '#encoder/origin/stored-requests.js';
import { StoredSignals } from '#encoder/origin/stored-signals.js';

export interface OriginResources {
  store: ObjectStore;
  /** A connection of role `request`. */
  redis: Redis;
  /** A connection of role `subscriber`; may be shared. */
  subscriber: Redis;
  secret: string | undefined;
  /** Who may read metrics. Default: anybody. */
  metrics?: MetricsSettings;
  log: Logger;
  limits?: OnDemandLimits;
}

export interface RunningOrigin {
  url: string;
  stop(): Promise<void>;
}

/** For recent objects: several edges that fetch the same one cost one read from storage. */
const cacheBytes = 96 * 1024 * 1024;
const drainMs = 3_000;

/** Assembles the origin and listens. The caller owns the clients. */
export async function startOrigin(
  resources: OriginResources,
  address: ListenAddress,
): Promise<RunningOrigin> {
  const { store, redis, log } = resources;
  const probes = new Probes('origin');
  if (resources.metrics) probes.guardMetrics(resources.metrics);
  probes.addCheck('redis', async () => void (await redis.ping()));
  // Not `check`, which writes: a full store is read as well as any other.
  probes.addCheck('storage', async () => {
    await store.list('titles/', { limit: 1 });
  });
  const metrics = createOriginMetrics(probes.registry, () => onDemand.outstanding);
  const reader = new ObjectReader(store, new DamagedObjects({ store, metrics, log }), cacheBytes);
  const damageLog = new DamageLog(log);
  const signals = new StoredSignals(resources.subscriber);
  const interest = new DemandInterest(redis);
  const queue = new DemandQueue(redis, interest);
  const promised = new PromisedObjects(new PlanReader(store), new TitleStore(store, damageLog), store);
  const onDemand = new OnDemand(
    { reader, promised, queue, interest, signals, metrics, log, damageLog },
    resources.limits,
  );
  const isAllowed = createBearerCheck(resources.secret);
  const requests = new StoredRequests(interest);
  const server = createOriginServer({ store, reader, onDemand, requests, isAllowed, probes, metrics, log });
  const url = await listen(server, address);
  signals.start();
  log.info({ url, part: 'origin' }, 'origin listening');
  return {
    url,
    stop: async () => {
      probes.markStopping();
      await closeServer(server, drainMs);
      await queue.close();
    },
  };
}
