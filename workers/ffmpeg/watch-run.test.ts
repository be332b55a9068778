import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { pollUntil } from '#fixtures/poll-until.js';
import { processTreeCpuSeconds } from '#workers/ffmpeg/process-cpu.js';
import { type RunWatch, type WatchTimes, watchRun, watchTimesOf } from '#workers/ffmpeg/watch-run.js';

let child: ChildProcess;
let watch: RunWatch;
let endings: string[];
let stoppedMs: () => number;

afterEach(() => {
  watch.stop();
  // Kills the whole group, including the shell's child.
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
});

const never = 3_600_000;
const quick: WatchTimes = { wallMs: never, maxIdleMs: 2_000, pollMs: 200 };

/** Runs a command below a shell, as ffmpeg runs below its sandbox. Resolves once the watch ends it. */
function start(command: string, times: WatchTimes, signal?: AbortSignal): Promise<string> {
  endings = [];
  stoppedMs = () => 0;
  child = spawn('sh', ['-c', `${command}; true`], { stdio: 'ignore', detached: true });
  return new Promise((resolve) => {
    const end = (code: string): void => {
      endings.push(code);
      resolve(code);
    };
    watch = watchRun(
      { cpuSeconds: 1, signal, pid: () => child.pid, stoppedMs: () => stoppedMs(), end },
      times,
    );
  });
}

const asleep = 'sleep 600';
const busy = `"${process.execPath}" -e "for (;;);"`;

describe('a run is ended', () => {
  it('as stuck if it sleeps and reports nothing', async () => {
    expect(await start(asleep, quick)).toBe('stuck');
  });

  it('at its deadline, however busy', async () => {
    expect(await start(busy, { ...quick, wallMs: 500 })).toBe('deadline');
  });

  it('when its task is cancelled', async () => {
    const cancel = new AbortController();
    const ended = start(asleep, { ...quick, maxIdleMs: never }, cancel.signal);
    cancel.abort();
    expect(await ended).toBe('aborted');
  });
});

describe('stopped time', () => {
  it.each([
    ['deadline', { ...quick, wallMs: 500 }],
    ['stuck', { ...quick, maxIdleMs: 500 }],
  ])('does not count: %s', async (code, times) => {
    const ended = start(asleep, times);
    const stoppedAt = performance.now();
    stoppedMs = () => performance.now() - stoppedAt;
    await pollUntil('time does not pass', 60_000, async () => (stoppedMs() > 1_500 ? true : undefined));
    expect(endings).toEqual([]);
    const wasStoppedMs = stoppedMs();
    stoppedMs = () => wasStoppedMs;
    expect(await ended).toBe(code);
  });
});

describe('a run goes on', () => {
  it('that works without progress, like an encoder with a long lookahead on a busy machine', async () => {
    void start(busy, quick);
    const workedSeconds = 1.5 * (quick.maxIdleMs / 1000);
    await pollUntil('the process does not work', 60_000, async () =>
      processTreeCpuSeconds(child.pid ?? 0) > workedSeconds ? true : undefined,
    );
    expect(endings).toEqual([]);
  });

  it('that makes progress without using CPU time', async () => {
    void start(asleep, quick);
    const until = performance.now() + 1.5 * quick.maxIdleMs;
    await pollUntil('time does not pass', 60_000, async () => {
      watch.progressed();
      return performance.now() > until ? true : undefined;
    });
    expect(endings).toEqual([]);
  });
});

it('leaves room for a busy machine in the deadline', () => {
  expect(watchTimesOf(30).wallMs).toBeGreaterThanOrEqual(30_000);
});
