import { useEffect } from 'preact/hooks';

/**
 * One look at the server. Resolves to the milliseconds until the next one, or `stop`. Must not reject unless
 * aborted.
 */
export type Poll = (signal: AbortSignal) => Promise<number | 'stop'>;

/**
 * Runs `poll` again and again while the page is shown; a hidden page rests and looks at once when it is shown
 * again.
 */
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
        reject(new DOMException('the page went on', 'AbortError'));
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
    signal.addEventListener('abort', () => reject(new DOMException('the page went on', 'AbortError')));
  });
}
