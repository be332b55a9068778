import { useEffect } from 'preact/hooks';

/** Polls once. Resolves to the ms until the next poll, or to `stop`. Must not reject unless aborted. */
export type Poll = (signal: AbortSignal) => Promise<number | 'stop'>;

/** Runs `poll` repeatedly while the page is visible, and at once when a hidden page becomes visible again. */
export function usePolling(poll: Poll, dependencies: readonly unknown[]): void {
  useEffect(() => {
    const ended = new AbortController();
    void runPolls(poll, ended.signal);
    return () => ended.abort();
  }, dependencies);
}

async function runPolls(poll: Poll, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      const pauseMs = await poll(signal);
      if (pauseMs === 'stop') return;
      await pause(pauseMs, signal);
      await untilVisible(signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(new DOMException('polling has ended', 'AbortError'));
      },
      { once: true },
    );
  });
}

function untilVisible(signal: AbortSignal): Promise<void> {
  if (document.visibilityState === 'visible') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const options = { signal };
    document.addEventListener('visibilitychange', () => resolve(), { ...options, once: true });
    signal.addEventListener('abort', () => reject(new DOMException('polling has ended', 'AbortError')));
  });
}
