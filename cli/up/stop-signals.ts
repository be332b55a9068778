import { CliError } from '#cli/context/cli-error.js';

export interface StopSignals {
  /** Fires at the first Ctrl-C, SIGTERM or SIGHUP. */
  stop: AbortSignal;
  /** Fires at the second. */
  force: AbortSignal;
  /** Resolves when `stop` has fired. */
  stopped: Promise<void>;
  /** Lets go of the signals. */
  release(): void;
}

/** The first signal asks to stop in order, the second forces. */
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
    // npm passes the terminal's Ctrl-C on, so one press comes twice within moments.
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
