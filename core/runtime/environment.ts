import { z } from 'zod';

/** Thrown when settings are missing or wrong; the message names every one of them. */
export class EnvironmentError extends Error {
  constructor(problems: readonly string[]) {
    super(`settings are not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'EnvironmentError';
  }
}

/** Settings that every process reads. One table of all variables: docs/settings.md. */
export const commonEnvironment = {
  MILLRACE_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Address to listen on: loopback unless told otherwise. */
  MILLRACE_HOST: z.string().default('127.0.0.1'),
} as const;

export const port = z.coerce.number().int().min(0).max(65_535);
export const positiveInteger = z.coerce.number().int().positive();
export const flag = z.enum(['0', '1']).transform((value) => value === '1');

/** Parses `environment` by `shape`, an empty value counting as unset. Throws EnvironmentError naming every problem. */
export function readEnvironment<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: NodeJS.ProcessEnv,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data;
  throw new EnvironmentError(
    result.error.issues.map((issue) => {
      const name = issue.path.join('.');
      return given[name] === undefined ? `${name} is not set: ${issue.message}` : `${name}: ${issue.message}`;
    }),
  );
}
