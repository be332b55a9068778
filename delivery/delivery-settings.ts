import { z } from 'zod';
import { parseTokenKeys, type TokenKey } from '#core/contracts/playback-token.js';
import { baseUrl, commonSettings, port, readSettings } from '#core/runtime/read-settings.js';
import { storageSettings } from '#core/storage/storage-credentials.js';

const deliverySettings = {
  ...commonSettings,
  ...storageSettings,
  MILLRACE_PORT: port.default(8080),
  /** Public base URL of the delivery service. */
  MILLRACE_DELIVERY_URL: baseUrl,
  /** `id:hex,…`. The first key signs; all of them verify. */
  MILLRACE_TOKEN_KEYS: z.string().transform((text, context) => {
    try {
      return parseTokenKeys(text) as [TokenKey, ...TokenKey[]];
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  }),
  /** Comma-separated addresses and CIDR blocks whose `X-Forwarded-For` is trusted. */
  MILLRACE_TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    ),
  /** The operator's table of locations: one `network name,latitude,longitude` per line. */
  MILLRACE_LOCATIONS_FILE: z.string().optional(),
  MILLRACE_WEB_DIR: z.string().default('dist/web'),
} as const;

export type DeliverySettings = ReturnType<typeof readDeliverySettings>;

/** Throws SettingsError, which names every variable that is missing or invalid. */
export function readDeliverySettings(environment: NodeJS.ProcessEnv) {
  return readSettings(deliverySettings, environment);
}
