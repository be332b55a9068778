import { createLogger, type Logger } from '#core/runtime/log.js';
import { SettingsError } from '#core/runtime/read-settings.js';

export interface RunningService {
  /**
   * Takes no more work, lets running work end within the service's drain time, closes every connection.
   * Called once.
   */
  stop(): Promise<void>;
}

/** A stop that takes longer would never end: the process exits. */
const maxStopMs = 30_000;
/** The parent's Redis died with it: no work can be handed back. */
const maxStopWithoutParentMs = 3_000;

/**
 * Runs a service from its `main.ts`. Stops it on SIGTERM, on SIGINT and, with MILLRACE_EXIT_WITH_PARENT=1,
 * when the parent's IPC channel closes, so that no process outlives the `millrace up` that started it. A
 * failed start logs one line and exits 1.
 */
export async function runService(
  name: string,
  start: (context: { log: Logger; environment: NodeJS.ProcessEnv }) => Promise<RunningService>,
): Promise<void> {
  const log = createLogger(name, process.env.MILLRACE_LOG_LEVEL || 'info');
  let running: RunningService | undefined;
  let stopping = false;

  const stop = async (cause: string, exitCode: number, limitMs = maxStopMs): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ cause }, 'stopping');
    setTimeout(() => {
      log.error(`did not stop within ${limitMs} ms: exiting`);
      process.exit(1);
    }, limitMs).unref();
    try {
      await running?.stop();
      process.exit(exitCode);
    } catch (error) {
      log.error({ err: error }, 'stopping failed');
      process.exit(1);
    }
  };

  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGINT', () => void stop('SIGINT', 0));
  if (process.env.MILLRACE_EXIT_WITH_PARENT === '1')
    process.on('disconnect', () => void stop('parent gone', 0, maxStopWithoutParentMs));
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    void stop('uncaught exception', 1);
  });
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'unhandled rejection');
    void stop('unhandled rejection', 1);
  });

  try {
    running = await start({ log, environment: process.env });
    log.info('started');
  } catch (error) {
    log.fatal({ err: error }, error instanceof SettingsError ? error.message : 'could not start');
    process.exit(1);
  }
}
