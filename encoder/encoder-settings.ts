import { z } from 'zod';
import { baseUrl, port, positiveInteger, readSettings } from '#core/runtime/read-settings.js';
import { originSettings } from '#encoder/origin/origin-settings.js';

/** The encoder's process runs the origin too, on a port of its own. */
const encoderSettings = {
  ...originSettings,
  MILLRACE_PORT: port.default(8070),
  MILLRACE_ORIGIN_PORT: port.default(8071),
  /** Public base URL of the delivery service, below which titles are watched. */
  MILLRACE_DELIVERY_URL: baseUrl,
  /** API key to accept from the first start on. Without it, the first start creates one and logs it once. */
  MILLRACE_BOOTSTRAP_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{32,256}$/, '32 to 256 printable characters without spaces')
    .optional(),
  /** Origins of web pages that may upload: comma-separated, or `*` for every origin. */
  MILLRACE_UPLOAD_ORIGINS: z
    .string()
    .transform((list) => list.split(',').map((origin) => origin.trim()))
    .refine((origins) => origins.every(isOrigin), 'must be *, or origins such as https://studio.example')
    .default([]),
  /** Limit on the size of a source, in bytes. */
  MILLRACE_MAX_SOURCE_BYTES: positiveInteger.default(200 * 1024 ** 3),
  /** Space on the disk of a directory store that uploads leave free, in bytes. */
  MILLRACE_DISK_RESERVE_BYTES: positiveInteger.default(1024 ** 3),
} as const;

function isOrigin(text: string): boolean {
  return text === '*' || (/^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text);
}

export type EncoderSettings = ReturnType<typeof readEncoderSettings>;

/** Throws SettingsError, which names every variable that is missing or invalid. */
export function readEncoderSettings(environment: NodeJS.ProcessEnv) {
  return readSettings(encoderSettings, environment);
}
