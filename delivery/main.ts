import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { closeServer, listen, serverLimits } from '#core/http/listen.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import type { Logger } from '#core/runtime/log.js';
import { type RunningService, runService } from '#core/runtime/run-service.js';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import { readStorageCredentials } from '#core/storage/storage-credentials.js';
import { assembleDelivery } from '#delivery/assemble-delivery.js';
import type { LocationFinder } from '#delivery/client/geo-location.js';
import { openGeoDatabase } from '#delivery/client/open-geo-database.js';
import { parseLocationTable } from '#delivery/client/parse-location-table.js';
import { type DeliverySettings, readDeliverySettings } from '#delivery/delivery-settings.js';
import { createEdgeProber } from '#delivery/edges/judge-health.js';
import { watchEdges } from '#delivery/edges/watch-edges.js';
import { createDeliveryApp } from '#delivery/http/create-delivery-app.js';

/** Running requests are short; event streams are closed after this. */
const drainMs = 3_000;
/** Players keep idle connections for a minute, so there are far more connections than requests. */
const maxConnections = 20_000;

await runService('delivery', async ({ log, environment }) => start(readDeliverySettings(environment), log));

async function start(settings: DeliverySettings, log: Logger): Promise<RunningService> {
  const findLocation = await openLocations(settings.MILLRACE_LOCATIONS_FILE);
  const store = openObjectStore(settings.MILLRACE_STORAGE_URL, readStorageCredentials(settings), 'request');
  const redis = connectRedis(settings.MILLRACE_REDIS_URL, 'request');
  redis.on('error', (error) => log.debug({ err: error }, 'Redis connection'));
  // Without Redis delivery still starts: it serves players from storage once it knows edges.
  await waitForRedis(redis, 3_000).catch((error: Error) => log.warn(error.message));
  const prober = createEdgeProber();
  const parts = assembleDelivery({
    store,
    redis,
    probe: prober.probe,
    findLocation,
    tokenKeys: settings.MILLRACE_TOKEN_KEYS,
    publicUrl: settings.MILLRACE_DELIVERY_URL,
    trustedProxies: settings.MILLRACE_TRUSTED_PROXIES,
    webDirectory: settings.MILLRACE_WEB_DIR,
    log,
  });
  parts.probes.guardMetrics(settings);
  const watch = await watchEdges(parts.edges, log);
  const server = createAdaptorServer({
    fetch: createDeliveryApp(parts).fetch,
    serverOptions: serverLimits,
  }) as Server;
  const { MILLRACE_HOST: host, MILLRACE_PORT: port } = settings;
  log.info({ url: await listen(server, { host, port, maxConnections }) }, 'listening');
  return {
    stop: async () => {
      parts.probes.markStopping();
      await closeServer(server, drainMs);
      await watch.stop();
      await prober.close();
      redis.disconnect();
      await store.close();
    },
  };
}

async function openLocations(locationsFile: string | undefined): Promise<LocationFinder> {
  const fromTable =
    locationsFile === undefined ? () => undefined : parseLocationTable(await readFile(locationsFile, 'utf8'));
  const fromDatabase = await openGeoDatabase();
  return (address) => fromTable(address) ?? fromDatabase(address);
}
