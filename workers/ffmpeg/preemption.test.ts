import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pollUntil } from '#fixtures/poll-until.js';
import { processTreeStates } from '#fixtures/process-tree-states.js';
import { Preemption } from '#workers/ffmpeg/preemption.js';
import type { PriorityOf, RunPriority } from '#workers/ffmpeg/run-priority.js';
import type { StopTimes } from '#workers/ffmpeg/stop-budget.js';

let preemption: Preemption;
let running: FakeRun[];
let reported: { priority: RunPriority; seconds: number }[];

/** Stops for as long as a test needs. */
const patient: StopTimes = { maxStoppedMs: 3_600_000, minShare: 0.1 };

function openPreemption(times: StopTimes): void {
  preemption = new Preemption({
    times,
    onStopped: (priority, seconds) => reported.push({ priority, seconds }),
  });
}

beforeEach(() => {
  running = [];
  reported = [];
  openPreemption(patient);
});

afterEach(async () => {
  for (const run of running) await run.end();
});

/** The kernel's states of a shell and its program, both asleep. */
const going = /^SS$/;
/** The shell waits uninterruptibly (`D`) if it is stopped while it starts its program. */
const stopped = /^(T|D)?T$/;

/** A slow program below a shell, as ffmpeg runs below its sandbox. */
class FakeRun {
  readonly child: ChildProcess;
  private readonly done: Promise<unknown>;

  constructor(priority: PriorityOf, script = 'sleep 600; true') {
    this.child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    const exited = once(this.child, 'exit');
    this.done = preemption.run(priority, async (scheduled) => {
      scheduled.started(this.child);
      await exited;
    });
    running.push(this);
  }

  /** Ends the program and waits until the preemption knows. */
  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined)
      process.kill(-this.child.pid, 'SIGKILL');
    await this.done;
  }

  states(): string {
    return processTreeStates(this.child.pid ?? 0);
  }

  async expectStopped(): Promise<void> {
    await this.awaitStates(stopped);
  }

  async expectRunning(): Promise<void> {
    await this.awaitStates(going);
  }

  async awaitStates(wanted: RegExp): Promise<void> {
    let last = '';
    await pollUntil(
      () => `the states of the processes are ${last}, not ${wanted.source}`,
      20_000,
      async () => {
        last = this.states();
        return wanted.test(last) ? true : undefined;
      },
      10,
    );
  }
}

async function startRun(priority: PriorityOf): Promise<FakeRun> {
  const run = new FakeRun(priority);
  await run.awaitStates(new RegExp(`${going.source}|${stopped.source}`));
  return run;
}

describe('while a more urgent run lasts', () => {
  it('stops every process of a lower run, and continues them after it', async () => {
    const background = await startRun('background');
    await background.expectRunning();
    const demand = await startRun('demand');
    await background.expectStopped();
    expect(demand.states()).toMatch(going);
    await demand.end();
    await background.expectRunning();
  });

  it('lets a launcher start its program first, so that the run dies with its worker', async () => {
    await startRun('demand');
    const launching = new FakeRun('background', 'read line; exec sleep 600');
    // The next update of all runs stops this one.
    await (await startRun('background')).expectStopped();
    expect(launching.states()).toBe('S');
    launching.child.stdin?.write('\n');
    await launching.expectStopped();
  });

  it('stops a lower run that starts meanwhile', async () => {
    const demand = await startRun('demand');
    const background = await startRun('background');
    await background.expectStopped();
    await demand.end();
    await background.expectRunning();
  });

  it('stops lower runs from the moment that it is announced, before its process starts', async () => {
    const background = await startRun('background');
    await preemption.run('demand', async () => background.expectStopped());
    await background.expectRunning();
  });

  it('goes on itself, however many of its kind there are', async () => {
    const runs = [await startRun('demand'), await startRun('demand'), await startRun('background')];
    await runs[2]?.expectStopped();
    expect(runs[0]?.states()).toMatch(going);
    expect(runs[1]?.states()).toMatch(going);
    await runs[0]?.end();
    expect(runs[2]?.states()).toMatch(stopped);
  });
});

it('lets the most urgent run go on, then the next', async () => {
  const [background, normal, demand] = [
    await startRun('background'),
    await startRun('normal'),
    await startRun('demand'),
  ];
  await background.expectStopped();
  await normal.expectStopped();
  await demand.end();
  await normal.expectRunning();
  await background.expectStopped();
  await normal.end();
  await background.expectRunning();
});

it('follows a priority that changes during the run', async () => {
  let priority: RunPriority = 'background';
  const audio = await startRun(() => priority);
  const demand = await startRun('demand');
  await audio.expectStopped();
  priority = 'demand';
  await audio.expectRunning();
  expect(demand.states()).toMatch(going);
  priority = 'normal';
  await audio.expectStopped();
});

it('continues a process that missed the signal of its run', async () => {
  const background = await startRun('background');
  const demand = await startRun('demand');
  await background.expectStopped();
  await demand.end();
  await background.expectRunning();
  process.kill(-(background.child.pid ?? 0), 'SIGSTOP');
  await background.expectRunning();
});

it('continues a stopped run from time to time under endless demand', async () => {
  openPreemption({ maxStoppedMs: 300, minShare: 0.4 });
  const background = await startRun('background');
  await startRun('demand');
  for (let round = 0; round < 3; round += 1) {
    await background.expectStopped();
    await background.expectRunning();
  }
});

it('ends a stopped run, and reports how long it was stopped', async () => {
  const background = await startRun('background');
  const demand = await startRun('demand');
  await background.expectStopped();
  await background.end();
  await demand.end();
  expect(reported).toHaveLength(1);
  expect(reported[0]).toMatchObject({ priority: 'background' });
  expect(reported[0]?.seconds).toBeGreaterThan(0);
});

it('continues lower runs after a more urgent one has failed', async () => {
  const background = await startRun('background');
  const failed = preemption.run('demand', async () => {
    await background.expectStopped();
    throw new Error('the encoder has failed');
  });
  await expect(failed).rejects.toThrow('the encoder has failed');
  await background.expectRunning();
});
