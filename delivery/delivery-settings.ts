import { z } from 'zod';
import { parseTokenKeys, type TokenKey } from '#core/contracts/playback-token.js';
import { commonEnvironment, port, readEnvironment } from '#core/runtime/environment.js';

const shape = {
  ...commonEnvironment,
  MILLRACE_PORT: port.default(8080),
  MILLRACE_REDIS_URL: z.string(),
  MILLRACE_STORAGE_URL: z.string(),
  /** Delivery's own public base address. */
  MILLRACE_DELIVERY_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  /** `id:hex,…`: the first signs, all verify. */
  MILLRACE_TOKEN_KEYS: z.string().transform((text, context) => {
    try {
      return parseTokenKeys(text) as [TokenKey, ...TokenKey[]];
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  }),
  /** Addresses and CIDR blocks, comma-separated, whose `X-Forwarded-For` is believed. */
  MILLRACE_TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    ),
  /** Operator table: `network name,latitude,longitude`, one a line. */
  MILLRACE_LOCATIONS_FILE: z.string().optional(),
  MILLRACE_WEB_DIR: z.string().default('dist/web'),
} as const;

export type DeliverySettings = ReturnType<typeof readDeliverySettings>;

/** Throws EnvironmentError naming every variable that is missing or wrong. */
export function readDeliverySettings(environment: NodeJS.ProcessEnv) {
  return readEnvironment(shape, environment);
}
