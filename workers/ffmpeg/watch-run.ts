import { processTreeCpuSeconds } from '#workers/ffmpeg/process-cpu.js';

export interface WatchedRun {
  /** What the kernel lets it use (`RunLimits`), seconds. */
  cpuSeconds: number;
  signal: AbortSignal | undefined;
  /** Undefined until it runs. */
  pid(): number | undefined;
  /** Ends it. Called once at most. */
  end(code: 'deadline' | 'stuck' | 'aborted', message: string): void;
}

export interface RunWatch {
  /** It has got on. */
  progressed(): void;
  stop(): void;
}

export interface WatchTimes {
  /** How long it may take at most, by the clock. */
  wallMs: number;
  /** Without progress and without work for this long, a run is stuck. */
  maxIdleMs: number;
  pollMs: number;
}

/** CPU time within `longestIdleMs` from which on a run works: waiting programs wake up now and then, and use less. */
const minWorkSeconds = 0.1;

/**
 * Only Linux bounds a run's CPU time (`prlimit`): there the clock ends no more than what creeps along for ever, because on
 * a busy machine a run may have a tenth of a core, and a film is not to blame for that. Elsewhere the clock is the bound.
 */
export function watchTimesOf(cpuSeconds: number): WatchTimes {
  const wallSeconds = process.platform === 'linux' ? 60 + 10 * cpuSeconds : cpuSeconds;
  return { wallMs: wallSeconds * 1000, maxIdleMs: 60_000, pollMs: 10_000 };
}

/**
 * Ends a run of ffmpeg or ffprobe that is cancelled, over its deadline, or stuck: that neither gets on nor uses CPU time.
 * An encoder of large pictures takes minutes to give its first one on a busy or slow machine, but works on it.
 */
export function watchRun(run: WatchedRun, times: WatchTimes = watchTimesOf(run.cpuSeconds)): RunWatch {
  let aliveAt = performance.now();
  let cpuWhenAlive = 0;
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    clearTimeout(deadline);
    clearInterval(timer);
    run.signal?.removeEventListener('abort', onAbort);
  };
  const end: WatchedRun['end'] = (code, message) => {
    stop();
    run.end(code, message);
  };
  const check = async (): Promise<void> => {
    const pid = run.pid();
    const cpuSeconds = pid === undefined ? 0 : await processTreeCpuSeconds(pid);
    if (cpuSeconds >= cpuWhenAlive + minWorkSeconds) {
      cpuWhenAlive = cpuSeconds;
      aliveAt = performance.now();
    }
    if (!stopped && performance.now() - aliveAt >= times.maxIdleMs)
      end('stuck', `it did nothing for ${times.maxIdleMs / 1000} s`);
  };
  const onAbort = (): void => end('aborted', 'its task was cancelled');
  const deadline = setTimeout(
    () => end('deadline', `it took more than ${Math.round(times.wallMs / 1000)} s`),
    times.wallMs,
  );
  const timer = setInterval(() => void check(), times.pollMs);
  run.signal?.addEventListener('abort', onAbort, { once: true });
  return {
    progressed: () => {
      aliveAt = performance.now();
    },
    stop,
  };
}
