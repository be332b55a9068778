import { z } from 'zod';
import { edgeIdSchema } from '#core/contracts/heartbeat.js';
import { parseTokenKeys } from '#core/contracts/playback-token.js';
import { baseUrl, commonSettings, port, positiveInteger, readSettings } from '#core/runtime/read-settings.js';

/** `name,latitude,longitude`. */
const location = z.string().transform((text, context) => {
  const [name = '', latitude, longitude] = text.split(',').map((part) => part.trim());
  const location = { name, latitude: Number(latitude), longitude: Number(longitude) };
  const isValid = name !== '' && Math.abs(location.latitude) <= 90 && Math.abs(location.longitude) <= 180;
  if (isValid) return location;
  context.addIssue('must be "name,latitude,longitude", such as "Frankfurt,50.11,8.68"');
  return z.NEVER;
});

const tokenKeys = z.string().transform((text, context) => {
  try {
    return parseTokenKeys(text);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
});

export const edgeSettings = {
  ...commonSettings,
  MILLRACE_PORT: port.default(8090),
  /** Base URL of the origin, from which the edge fetches misses. */
  MILLRACE_ORIGIN_URL: baseUrl,
  MILLRACE_ORIGIN_SECRET: z.string().optional(),
  MILLRACE_TOKEN_KEYS: tokenKeys,
  MILLRACE_EDGE_ID: edgeIdSchema,
  /** Base URL at which players reach this edge. */
  MILLRACE_EDGE_PUBLIC_URL: baseUrl,
  MILLRACE_EDGE_LOCATION: location,
  /** Uplink, in megabits per second. */
  MILLRACE_EDGE_CAPACITY_MBPS: positiveInteger.default(1000),
  MILLRACE_EDGE_RAM_BYTES: positiveInteger.default(256 * 2 ** 20),
} as const;

export type EdgeSettings = ReturnType<typeof readEdgeSettings>;

/** Throws SettingsError, which names every variable that is missing or invalid. */
export function readEdgeSettings(environment: NodeJS.ProcessEnv) {
  return readSettings(edgeSettings, environment);
}
