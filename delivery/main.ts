import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
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
import { createEdgeProber } from '#delivery/edges/create-edge-prober.js';
import { watchEdges } from '#delivery/edges/watch-edges.js';
import { createDeliveryApp } from '#delivery/http/create-delivery-app.js';

/** Requests under way at a stop are short; event streams are cut after this. */
const drainMs = 3_000;

await runService('delivery', async ({ log, environment }) => start(readDeliverySettings(environment), log));

async function start(settings: DeliverySettings, log: Logger): Promise<RunningService> {
  const findLocation = await openLocations(settings.MILLRACE_LOCATIONS_FILE);
  const store = openObjectStore(settings.MILLRACE_STORAGE_URL, readStorageCredentials(settings));
  const redis = connectRedis(settings.MILLRACE_REDIS_URL, 'request');
  redis.on('error', (error) => log.debug({ err: error }, 'Redis connection'));
  // Players can be served from what storage says alone once edges are known: no Redis is a warning, not a
  // failed start.
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
  const watch = await watchEdges(parts.edges, log);
  const server = await listen(createDeliveryApp(parts).fetch, settings, log);
  return {
    stop: async () => {
      parts.probes.markStopping();
      await closeServer(server);
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

async function listen(
  fetch: Parameters<typeof createAdaptorServer>[0]['fetch'],
  settings: DeliverySettings,
  log: Logger,
): Promise<Server> {
  const server = createAdaptorServer({
    fetch,
    serverOptions: { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16_384 },
  }) as Server;
  server.maxHeadersCount = 100;
  server.maxConnections = 20_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.MILLRACE_PORT, settings.MILLRACE_HOST, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  log.info({ url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}` }, 'listening');
  return server;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const forceClose = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(forceClose);
}
