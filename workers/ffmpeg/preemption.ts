import type { ChildProcess } from 'node:child_process';
import { hasStartedProgram, signalProcessTree } from '#workers/ffmpeg/process-tree.js';
import { type PriorityOf, type RunPriority, runPriorities } from '#workers/ffmpeg/run-priority.js';
import { StopBudget, type StopTimes, stopTimesOf } from '#workers/ffmpeg/stop-budget.js';

export interface PreemptionSettings {
  /** Default: by priority. */
  times?: StopTimes;
  /** Called when a run ends that was stopped for a time, with its last priority. */
  onStopped?: ((priority: RunPriority, seconds: number) => void) | undefined;
}

/** A run as the code that starts its process sees it. */
export interface ScheduledRun {
  /** Must be called once the process runs. */
  started(child: ChildProcess): void;
  /** Time that the run was stopped in all, milliseconds. */
  stoppedMs(): number;
}

/** Priorities and budgets are read this often, and runs that have been stopped are signalled again. */
const pollMs = 200;

/**
 * Gives the machine to the most urgent runs of this process: while one lasts, the process trees of less
 * urgent runs are stopped (SIGSTOP), as `StopBudget` allows, and then continued. Runs of equal priority share
 * the machine. Only Linux lists the processes in a sandbox; on other systems no run is stopped.
 */
export class Preemption {
  private readonly runs = new Set<Entry>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly settings: PreemptionSettings = {}) {}

  /** Calls `start`. The run counts, even before it has a process, until the promise settles. */
  async run<T>(priority: PriorityOf, start: (run: ScheduledRun) => Promise<T>): Promise<T> {
    const entry = new Entry(priority, this.settings.times, () => this.update());
    this.runs.add(entry);
    this.timer ??= setInterval(() => this.update(), pollMs).unref();
    this.update();
    try {
      return await start(entry);
    } finally {
      this.remove(entry);
    }
  }

  private remove(entry: Entry): void {
    this.runs.delete(entry);
    const seconds = entry.stoppedMs() / 1000;
    if (seconds > 0) this.settings.onStopped?.(entry.priority, seconds);
    this.update();
    if (this.runs.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private update(): void {
    if (process.platform !== 'linux') return;
    const ranks = new Map([...this.runs].map((run) => [run, runPriorities.indexOf(run.priority)]));
    const first = Math.min(...ranks.values());
    for (const [run, rank] of ranks) run.schedule(rank > first);
  }
}

class Entry implements ScheduledRun {
  private child: ChildProcess | undefined;
  private isStopped = false;
  private wasStopped = false;
  private readonly budget: StopBudget;

  constructor(
    private readonly priorityOf: PriorityOf,
    times: StopTimes | undefined,
    private readonly onStarted: () => void,
  ) {
    this.budget = new StopBudget(performance.now(), () => times ?? stopTimesOf(this.priority));
  }

  get priority(): RunPriority {
    return typeof this.priorityOf === 'string' ? this.priorityOf : this.priorityOf();
  }

  started(child: ChildProcess): void {
    this.child = child;
    this.onStarted();
  }

  stoppedMs(): number {
    return this.budget.totalStoppedMs(performance.now());
  }

  schedule(isOutranked: boolean): void {
    const pid = this.livePid();
    const canStop = pid !== undefined && (this.isStopped || hasStartedProgram(pid));
    const stop = this.budget.update(performance.now(), isOutranked && canStop);
    this.isStopped = stop;
    this.wasStopped ||= stop;
    // Both signals are repeated: the kernel may omit a child from its list while another child ends.
    if (pid !== undefined && this.wasStopped) signalProcessTree(pid, stop ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Undefined before the process has started, and after it has ended: its id may be another's by then. */
  private livePid(): number | undefined {
    if (this.child?.exitCode !== null || this.child.signalCode !== null) return undefined;
    return this.child.pid;
  }
}
