import { processTreeCpuSeconds } from '#workers/ffmpeg/process-cpu.js';

export interface WatchedRun {
  /** The kernel's limit on its CPU time (`RunLimits`), seconds. */
  cpuSeconds: number;
  signal: AbortSignal | undefined;
  /** Undefined until the process runs. */
  pid(): number | undefined;
  /** How long the run was stopped for more urgent ones. That time counts nowhere. */
  stoppedMs(): number;
  /** Ends the run. Called at most once. */
  end(code: 'deadline' | 'stuck' | 'aborted', message: string): void;
}

export interface RunWatch {
  /** Records that the run made progress. */
  progressed(): void;
  stop(): void;
}

export interface WatchTimes {
  /** Deadline, in wall time without stops. */
  wallMs: number;
  /** A run is stuck after this long without progress and without work. */
  maxIdleMs: number;
  pollMs: number;
}

/** CPU time within `maxIdleMs` that counts as work. Waiting programs wake up at times, but use less. */
const minWorkSeconds = 0.1;

/**
 * Calculates the deadline from the limit on CPU time. Linux enforces that limit (`prlimit`), so the deadline
 * leaves room for a busy machine that gives a run a tenth of a core. Elsewhere the deadline is the
 * only limit.
 */
export function watchTimesOf(cpuSeconds: number): WatchTimes {
  const wallSeconds = process.platform === 'linux' ? 60 + 10 * cpuSeconds : cpuSeconds;
  return { wallMs: wallSeconds * 1000, maxIdleMs: 60_000, pollMs: 10_000 };
}

/**
 * Ends a run of ffmpeg or ffprobe that is cancelled, past its deadline, or stuck: without progress and
 * without CPU time used. CPU time counts because an encoder of large frames may work for minutes on its first
 * one on a slow machine.
 */
export function watchRun(run: WatchedRun, times: WatchTimes = watchTimesOf(run.cpuSeconds)): RunWatch {
  const ranMs = (): number => performance.now() - run.stoppedMs();
  const startedAt = ranMs();
  let aliveAt = startedAt;
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
  const check = (): void => {
    const pid = run.pid();
    const cpuSeconds = pid === undefined ? 0 : processTreeCpuSeconds(pid);
    if (cpuSeconds >= cpuWhenAlive + minWorkSeconds) {
      cpuWhenAlive = cpuSeconds;
      aliveAt = ranMs();
    }
    if (!stopped && ranMs() - aliveAt >= times.maxIdleMs)
      end('stuck', `it made no progress and did no work for ${times.maxIdleMs / 1000} s`);
  };
  const onAbort = (): void => end('aborted', 'its task was cancelled');
  let deadline: NodeJS.Timeout;
  const awaitDeadline = (): void => {
    const leftMs = startedAt + times.wallMs - ranMs();
    if (leftMs > 0) deadline = setTimeout(awaitDeadline, Math.ceil(leftMs));
    else end('deadline', `it took more than ${Math.round(times.wallMs / 1000)} s`);
  };
  awaitDeadline();
  const timer = setInterval(check, times.pollMs);
  run.signal?.addEventListener('abort', onAbort, { once: true });
  return {
    progressed: () => {
      aliveAt = ranMs();
    },
    stop,
  };
}
