import { type Logger, pino } from 'pino';
import { LogDestination } from '#core/runtime/log-destination.js';

export type { Logger };

const standardOutput = 1;

/**
 * Logs JSON lines to an open file, pipe or terminal. Bind `titleId`, `taskId` and `requestId` with
 * `log.child`. Secrets are redacted by key. A line that cannot be written has no effect on the process.
 */
export function createLogger(service: string, level = 'info', descriptor = standardOutput): Logger {
  const base = { service, pid: process.pid };
  const describeLoss = (dropped: number, cause: string): string =>
    JSON.stringify({
      level: pino.levels.values.warn,
      time: new Date().toISOString(),
      ...base,
      dropped,
      cause,
      msg: `${dropped} log lines were dropped because they could not be written (${cause})`,
    });
  return pino(
    {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['*.authorization', '*.secret', '*.apiKey', '*.token', 'headers.authorization'],
    },
    new LogDestination(descriptor, describeLoss),
  );
}
