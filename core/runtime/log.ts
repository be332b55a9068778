import { type Logger, pino } from 'pino';

export type { Logger };

/**
 * Logs JSON lines to standard output. Bind `titleId`, `taskId` and `requestId` with `log.child`. Secrets are
 * redacted by key.
 */
export function createLogger(service: string, level = 'info'): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['*.authorization', '*.secret', '*.apiKey', '*.token', 'headers.authorization'],
  });
}
