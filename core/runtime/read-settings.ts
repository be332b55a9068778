import { z } from 'zod';

/** Thrown when settings are missing or invalid. The message names every one of them. */
export class SettingsError extends Error {
  constructor(problems: readonly string[]) {
    super(`invalid settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/** Settings that every service reads. All variables are listed in docs/settings.md. */
export const commonSettings = {
  MILLRACE_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Address to listen on. */
  MILLRACE_HOST: z.string().default('127.0.0.1'),
  MILLRACE_REDIS_URL: z.string(),
  /** Bearer key of `/metrics`. Without it, metrics are served on loopback addresses only. */
  MILLRACE_METRICS_KEY: z.string().min(16, 'at least 16 characters').optional(),
} as const;

const portError = 'must be a port number from 0 to 65535';
export const port = z.coerce.number(portError).int(portError).min(0, portError).max(65_535, portError);

const integerError = 'must be a positive whole number';
export const positiveInteger = z.coerce.number(integerError).int(integerError).positive(integerError);

/** An http or https address; trailing slashes are removed. */
export const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((url) => url.replace(/\/+$/, ''));

/**
 * Parses environment variables by a shape of zod schemas, one per variable. An empty value counts as unset.
 * Throws SettingsError, which names every variable that is missing or invalid.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: NodeJS.ProcessEnv,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data;
  throw new SettingsError(
    result.error.issues.map((issue) => {
      const name = issue.path.join('.');
      return given[name] === undefined ? `${name} is not set` : `${name}: ${issue.message}`;
    }),
  );
}
