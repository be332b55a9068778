import { createHash, timingSafeEqual } from 'node:crypto';
import type { Redis } from 'ioredis';
import { closeServer, type ListenAddress, listen } from '#core/http/listen.js';
import { DemandInterest } from '#core/queue/demand-interest.js';
import type { Logger } from '#core/runtime/log.js';
import { Probes } from '#core/runtime/probes.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { PlanReader } from '#core/titles/plan-reader.js';
import { TitleStore } from '#core/titles/title-store.js';
import { createOriginServer } from '#encoder/origin/create-origin-server.js';
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
  probes.addCheck('redis', async () => void (await redis.ping()));
  // Not `check`, which writes: a full store is read as well as any other.
  probes.addCheck('storage', async () => {
    await store.list('titles/', { limit: 1 });
  });
  const metrics = createOriginMetrics(probes.registry, () => onDemand.outstanding);
  const reader = new ObjectReader(store, cacheBytes);
  const signals = new StoredSignals(resources.subscriber);
  const interest = new DemandInterest(redis);
  const queue = new DemandQueue(redis, interest);
  const promised = new PromisedObjects(new PlanReader(store), new TitleStore(store));
  const onDemand = new OnDemand({ reader, promised, queue, interest, signals, metrics }, resources.limits);
  const isAllowed = createSecretCheck(resources.secret);
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

/**
 * Returns a check of Authorization headers for the bearer secret; without a secret it accepts any. Comparing
 * digests takes constant time whatever the header's length.
 */
function createSecretCheck(secret: string | undefined): (authorization: string | undefined) => boolean {
  if (secret === undefined) return () => true;
  const expected = digest(`Bearer ${secret}`);
  return (authorization) => timingSafeEqual(digest(authorization ?? ''), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
