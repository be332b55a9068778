import { CliError } from '#cli/context/cli-error.js';

export interface StopSignals {
  /** Aborts at the first Ctrl-C, SIGTERM or SIGHUP. */
  stop: AbortSignal;
  /** Aborts at the second. */
  force: AbortSignal;
  /** Resolves when `stop` has aborted. */
  stopped: Promise<void>;
  /** Removes the signal handlers. */
  release(): void;
}

/** The first signal requests an orderly stop, the second forces one. */
export function listenForStop(): StopSignals {
  const stop = new AbortController();
  const force = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let stoppedAtMs = 0;
  const listener = (): void => {
    if (!stop.signal.aborted) {
      stoppedAtMs = performance.now();
      stop.abort(new CliError('stopped by a signal'));
      return;
    }
    // npm forwards the terminal's Ctrl-C, so one key press arrives twice within moments.
    if (performance.now() - stoppedAtMs > 500) force.abort();
  };
  for (const name of names) process.on(name, listener);
  const stopped = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve());
  });
  return {
    stop: stop.signal,
    force: force.signal,
    stopped,
    release: () => {
      for (const name of names) process.off(name, listener);
    },
  };
}
