import { z } from 'zod';
import { commonSettings, port, readSettings } from '#core/runtime/read-settings.js';
import { storageSettings } from '#core/storage/storage-credentials.js';

export const originSettings = {
  ...commonSettings,
  ...storageSettings,
  MILLRACE_PORT: port.default(8071),
  /** Bearer secret that edges must send. Without it, anybody who can reach the origin can read from it. */
  MILLRACE_ORIGIN_SECRET: z.string().min(16, 'at least 16 characters').optional(),
} as const;

export type OriginSettings = ReturnType<typeof readOriginSettings>;

/** Throws SettingsError, which names every variable that is missing or invalid. */
export function readOriginSettings(environment: NodeJS.ProcessEnv) {
  return readSettings(originSettings, environment);
}
