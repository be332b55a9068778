import { percentile } from '#bench/delivery/summarise-times.js';
import { edgeIdSchema } from '#core/contracts/heartbeat.js';
import { defaultEncodeSpeeds } from '#core/queue/encode-speeds.js';
import { StoredSegments } from '#core/titles/stored-segments.js';
import { chooseEdges } from '#delivery/choose/choose-edges.js';
import { chooseRenditions } from '#delivery/choose/choose-renditions.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import { describeClient } from '#delivery/client/describe-client.js';
import { NetworkThroughput } from '#delivery/client/estimate-bandwidth.js';
import type { LocationFinder } from '#delivery/client/geo-location.js';
import { UserAgentDevices } from '#delivery/client/read-user-agent.js';
import { samplePublication } from '#fixtures/sample-publication.js';

export interface DecisionTimes {
  edges: number;
  decisions: number;
  p50Microseconds: number;
  p99Microseconds: number;
}

const decisions = 20_000;
const warmUp = 2_000;

/**
 * Times complete decisions (client, renditions, edges) for clients worldwide and a fleet of `edgeCount`
 * edges.
 */
export function timeDecisions(edgeCount: number, findLocation: LocationFinder): DecisionTimes {
  const random = seededRandom(edgeCount);
  const fleet = Array.from({ length: edgeCount }, (_, index) => makeEdge(index, random));
  // A title that is still being encoded, the most expensive to decide for.
  const title = samplePublication();
  const readiness = { speeds: defaultEncodeSpeeds, stored: new StoredSegments(title.plan) };
  const sources = {
    findLocation,
    userAgents: new UserAgentDevices(),
    networks: new NetworkThroughput(Date.now),
  };
  const times: number[] = [];
  for (let index = 0; index < warmUp + decisions; index += 1) {
    const request = makeRequest(index, random);
    const started = performance.now();
    const client = describeClient(request, sources);
    chooseRenditions(title.plan, undefined, client, readiness);
    const titleId = `title-${Math.floor(random() * 3_000)}`;
    const [chosen] = chooseEdges({ edges: fleet, titleId, location: client.location }).edges;
    if (index >= warmUp) times.push((performance.now() - started) * 1_000);
    if (chosen) chosen.sessions += 1;
  }
  times.sort((a, b) => a - b);
  return {
    edges: edgeCount,
    decisions,
    p50Microseconds: percentile(times, 0.5),
    p99Microseconds: percentile(times, 0.99),
  };
}

function makeEdge(index: number, random: () => number): EdgeState {
  return {
    edgeId: edgeIdSchema.parse(`edge-${index}`),
    publicUrl: `http://edge-${index}.example`,
    location: { name: 'somewhere', latitude: random() * 120 - 60, longitude: random() * 360 - 180 },
    capacityBitsPerSecond: 1e9,
    bitsPerSecond: random() * 8e8,
    sessions: 0,
    ttfbMs: random() * 20,
    draining: false,
    health: random() < 0.05 ? 'down' : 'healthy',
    healthReason: 'created for the benchmark',
    badness: 0,
  };
}

/** A thousand User-Agents, so that the cache mostly hits, as in production. */
function makeRequest(index: number, random: () => number) {
  const address = [1, 2, 3, 4].map(() => 1 + Math.floor(random() * 222)).join('.');
  const headers: Record<string, string> = {
    'user-agent': `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${100 + (index % 1_000)}.0.0.0 Safari/537.36`,
    'accept-language': 'de-CH,de;q=0.9,en;q=0.8',
  };
  return { address, header: (name: string) => headers[name], query: () => undefined };
}

/** One step of Mulberry32: every run gets the same numbers. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
