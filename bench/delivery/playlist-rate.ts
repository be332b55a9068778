import { execFile } from 'node:child_process';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { createAdaptorServer } from '@hono/node-server';
import { median } from '#bench/delivery/summarise-times.js';
import type { LocationFinder } from '#delivery/client/geo-location.js';
import { createDeliveryApp } from '#delivery/http/create-delivery-app.js';
import { startEdgeStandIn } from '#fixtures/edge-stand-in.js';
import { startRedisServer } from '#fixtures/redis-server.js';
import { startDelivery } from '#fixtures/running-delivery.js';
import { samplePublication } from '#fixtures/sample-publication.js';

interface Load {
  requestsPerSecond: number;
  /** CPU time per request of this process, which runs the server. Stable even on a shared machine. */
  cpuMicroseconds: number;
}

export interface PlaylistRate {
  bytes: number;
  constant: Load;
  personalised: Load;
  /** Personalised requests per second divided by constant ones; then the same by CPU time. */
  ratio: number;
  cpuRatio: number;
}

const rounds = 3;
const secondsEach = 3;
const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

/**
 * Compares personalised playlists with a constant response of equal size and headers, alternating, under wrk.
 */
export async function measurePlaylistRate(findLocation: LocationFinder): Promise<PlaylistRate> {
  const redis = await startRedisServer();
  const delivery = await startDelivery(redis.url, { findLocation, trustedProxies: ['127.0.0.1'] });
  const edges = await Promise.all(
    ['lon', 'par', 'nyc'].map((edgeId) => startEdgeStandIn(delivery.redis, edgeId)),
  );
  try {
    await delivery.parts.edges.readOnce();
    const title = samplePublication();
    await delivery.publish(title);
    const playPath = `/play/${title.record.titleId}.m3u8`;
    const sample = await fetch(delivery.url + playPath, { headers: { 'accept-encoding': 'identity' } });
    const text = await sample.text();
    const headers = Object.fromEntries(sample.headers);
    const app = createDeliveryApp(delivery.parts);
    app.get('/constant', () => new Response(text, { status: 200, headers }));
    const server = createAdaptorServer({ fetch: app.fetch }) as Server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const constant: Load[] = [];
    const personalised: Load[] = [];
    for (let round = 0; round < rounds; round += 1) {
      constant.push(await loadFor(`${base}/constant`));
      personalised.push(await loadFor(base + playPath));
    }
    server.closeAllConnections();
    server.close();
    return summarise(Buffer.byteLength(text), medianLoad(constant), medianLoad(personalised));
  } finally {
    await Promise.all(edges.map((edge) => edge.die()));
    await delivery.stop();
    await redis.stop();
  }
}

function medianLoad(loads: readonly Load[]): Load {
  return {
    requestsPerSecond: median(loads.map((load) => load.requestsPerSecond)),
    cpuMicroseconds: median(loads.map((load) => load.cpuMicroseconds)),
  };
}

function summarise(bytes: number, constant: Load, personalised: Load): PlaylistRate {
  return {
    bytes,
    constant,
    personalised,
    ratio: personalised.requestsPerSecond / constant.requestsPerSecond,
    cpuRatio: constant.cpuMicroseconds / personalised.cpuMicroseconds,
  };
}

async function loadFor(url: string): Promise<Load> {
  const before = process.cpuUsage();
  const { stdout } = await promisify(execFile)('wrk', [
    '-t1',
    '-c32',
    `-d${secondsEach}s`,
    '-H',
    `User-Agent: ${userAgent}`,
    '-H',
    'X-Forwarded-For: 203.178.141.194',
    url,
  ]);
  const { user, system } = process.cpuUsage(before);
  const failed = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1];
  if (failed !== undefined) throw new Error(`${url}: ${failed} answers were errors`);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([0-9.]+)/.exec(stdout)?.[1]),
    cpuMicroseconds: (user + system) / requests,
  };
}
