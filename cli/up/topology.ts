import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DataFolder } from '#cli/instance/data-folder.js';
import type { Instance } from '#cli/instance/instance-file.js';
import type { Secrets } from '#cli/instance/secrets.js';

/** Ports of an instance, derived from one base. */
export interface Ports {
  delivery: number;
  api: number;
  origin: number;
  worker: number;
  edges: number[];
}

export function portsFrom(base: number, edgeCount: number): Ports {
  return {
    delivery: base,
    api: base + 1,
    origin: base + 2,
    worker: base + 3,
    edges: Array.from({ length: edgeCount }, (_, index) => base + 10 + index),
  };
}

/** One process of the instance: program, settings and base URL of its probes. */
export interface ServiceSpec {
  name: string;
  main: string;
  environment: Record<string, string>;
  url: string;
}

export interface TopologyInput {
  folder: DataFolder;
  installDirectory: string;
  ports: Ports;
  secrets: Secrets;
  redisUrl: string;
  slots: number;
}

const address = (port: number): string => `http://127.0.0.1:${port}`;

/** Lists the services of an embedded instance. Pure. */
export function planServices(input: TopologyInput): ServiceSpec[] {
  const { folder, ports, secrets, redisUrl } = input;
  const shared = {
    MILLRACE_HOST: '127.0.0.1',
    MILLRACE_EXIT_WITH_PARENT: '1',
    MILLRACE_REDIS_URL: redisUrl,
    MILLRACE_METRICS_KEY: secrets.apiKey,
  };
  const storage = { MILLRACE_STORAGE_URL: storageUrlOf(folder) };
  const deliveryUrl = { MILLRACE_DELIVERY_URL: address(ports.delivery) };
  const service = (name: string, main: string, port: number, settings: object): ServiceSpec => ({
    name,
    main: join(input.installDirectory, 'dist', main),
    environment: { ...shared, MILLRACE_PORT: String(port), ...settings },
    url: address(port),
  });
  return [
    service('encoder', 'encoder/main.js', ports.api, {
      ...storage,
      ...deliveryUrl,
      MILLRACE_ORIGIN_PORT: String(ports.origin),
      MILLRACE_BOOTSTRAP_KEY: secrets.apiKey,
      MILLRACE_ORIGIN_SECRET: secrets.originSecret,
    }),
    service('worker', 'workers/main.js', ports.worker, {
      ...storage,
      MILLRACE_SLOTS: String(input.slots),
      MILLRACE_SCRATCH_DIR: folder.scratch,
    }),
    service('delivery', 'delivery/main.js', ports.delivery, {
      ...storage,
      ...deliveryUrl,
      MILLRACE_TOKEN_KEYS: secrets.tokenKeys,
      MILLRACE_WEB_DIR: join(input.installDirectory, 'dist', 'web'),
    }),
    ...edgeLocations(ports.edges.length).map((location, index) => {
      const port = ports.edges[index] as number;
      return service(`edge-${location.edgeId}`, 'edge/main.js', port, {
        MILLRACE_ORIGIN_URL: address(ports.origin),
        MILLRACE_ORIGIN_SECRET: secrets.originSecret,
        MILLRACE_TOKEN_KEYS: secrets.tokenKeys,
        MILLRACE_EDGE_ID: location.edgeId,
        MILLRACE_EDGE_PUBLIC_URL: address(port),
        MILLRACE_EDGE_LOCATION: `${location.name},${location.latitude},${location.longitude}`,
      });
    }),
  ];
}

export function describeInstance(input: TopologyInput, startedAt: Date, pid: number): Instance {
  const { ports } = input;
  return {
    schemaVersion: 1,
    pid,
    startedAt: startedAt.toISOString(),
    apiUrl: address(ports.api),
    apiKey: input.secrets.apiKey,
    deliveryUrl: address(ports.delivery),
    originUrl: address(ports.origin),
    redisUrl: input.redisUrl,
    storageUrl: storageUrlOf(input.folder),
    edges: edgeLocations(ports.edges.length).map((location, index) => ({
      edgeId: location.edgeId,
      url: address(ports.edges[index] as number),
      location: location.name,
    })),
  };
}

function storageUrlOf(folder: DataFolder): string {
  return pathToFileURL(folder.objects).href;
}

export interface EdgeLocation {
  edgeId: string;
  name: string;
  latitude: number;
  longitude: number;
}

/** Locations that the embedded edges report: far apart, so that the choice between them is visible. */
const locations: readonly EdgeLocation[] = [
  { edgeId: 'frankfurt', name: 'Frankfurt', latitude: 50.11, longitude: 8.68 },
  { edgeId: 'virginia', name: 'Virginia', latitude: 39.04, longitude: -77.49 },
  { edgeId: 'singapore', name: 'Singapore', latitude: 1.35, longitude: 103.82 },
  { edgeId: 'sao-paulo', name: 'São Paulo', latitude: -23.55, longitude: -46.63 },
  { edgeId: 'sydney', name: 'Sydney', latitude: -33.87, longitude: 151.21 },
  { edgeId: 'mumbai', name: 'Mumbai', latitude: 19.08, longitude: 72.88 },
  { edgeId: 'oregon', name: 'Oregon', latitude: 45.84, longitude: -119.7 },
  { edgeId: 'tokyo', name: 'Tokyo', latitude: 35.68, longitude: 139.69 },
];

/** Returns `count` locations. Beyond the list, locations get a second, third, … edge. */
export function edgeLocations(count: number): EdgeLocation[] {
  return Array.from({ length: count }, (_, index) => {
    const location = locations[index % locations.length] as EdgeLocation;
    const round = Math.floor(index / locations.length) + 1;
    return round === 1 ? location : { ...location, edgeId: `${location.edgeId}-${round}` };
  });
}
