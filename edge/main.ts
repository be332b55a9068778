import { Agent } from 'undici';
import type { Heartbeat } from '#core/contracts/heartbeat.js';
import { closeServer, listen } from '#core/http/listen.js';
import { connectRedis } from '#core/queue/redis.js';
import type { Logger } from '#core/runtime/log.js';
import { Probes } from '#core/runtime/probes.js';
import { type RunningService, runService } from '#core/runtime/run-service.js';
import { ObjectCache } from '#edge/cache/object-cache.js';
import { createEdgeServer } from '#edge/create-edge-server.js';
import { createEdgeMetrics } from '#edge/edge-metrics.js';
import { type EdgeSettings, readEdgeSettings } from '#edge/edge-settings.js';
import { sendHeartbeats, TrafficMeter } from '#edge/heartbeat/send-heartbeats.js';
import { TokenVerifier } from '#edge/token/token-verifier.js';
import { fetchFromOrigin } from '#edge/upstream/fetch-from-origin.js';

/** Time that responses in progress get to end at a stop. */
const drainMs = 8_000;
const maxConnections = 20_000;

async function start(settings: EdgeSettings, log: Logger): Promise<RunningService> {
  const dispatcher = new Agent({ connections: 64, pipelining: 1, keepAliveTimeout: 30_000 });
  const upstream = {
    originUrl: settings.MILLRACE_ORIGIN_URL,
    secret: settings.MILLRACE_ORIGIN_SECRET,
    dispatcher,
  };
  const cache = new ObjectCache(settings.MILLRACE_EDGE_RAM_BYTES, (path, fill) =>
    fetchFromOrigin(upstream, path, fill),
  );
  const probes = new Probes('edge');
  probes.guardMetrics(settings);
  const meter = new TrafficMeter();
  const server = createEdgeServer({
    edgeId: settings.MILLRACE_EDGE_ID,
    cache,
    tokens: new TokenVerifier(settings.MILLRACE_TOKEN_KEYS),
    meter,
    metrics: createEdgeMetrics(probes.registry, cache),
    probes,
    log,
  });
  const { MILLRACE_HOST: host, MILLRACE_PORT: port } = settings;
  log.info({ url: await listen(server, { host, port, maxConnections }) }, 'listening');

  const redis = connectRedis(settings.MILLRACE_REDIS_URL, 'request');
  redis.on('error', () => undefined);
  let draining = false;
  const heartbeats = sendHeartbeats(
    redis,
    log,
    (): Heartbeat => ({
      edgeId: settings.MILLRACE_EDGE_ID,
      publicUrl: settings.MILLRACE_EDGE_PUBLIC_URL,
      location: settings.MILLRACE_EDGE_LOCATION,
      capacityBitsPerSecond: settings.MILLRACE_EDGE_CAPACITY_MBPS * 1e6,
      ...meter.figures(),
      version: '1',
      draining,
      at: new Date().toISOString(),
    }),
  );
  return {
    stop: async () => {
      draining = true;
      probes.markStopping();
      await closeServer(server, drainMs);
      heartbeats.stop();
      redis.disconnect();
      await dispatcher.close();
    },
  };
}

await runService('edge', async ({ log, environment }) => start(readEdgeSettings(environment), log));
