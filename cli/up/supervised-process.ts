import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { findCause, openServiceLog, readLogSince } from '#cli/up/service-log.js';

export interface ProcessSpec {
  name: string;
  command: string;
  parameters: readonly string[];
  environment: NodeJS.ProcessEnv;
  workingDirectory: string;
  logFile: string;
  /**
   * How the child notices that we ended: `ipc`, by its channel (MILLRACE_EXIT_WITH_PARENT), or `pipe`, by the
   * end of its standard input.
   */
  tie: 'ipc' | 'pipe';
  /**
   * Runs before the process is started again. `logged` is what it logged before it ended by itself; it is not
   * called after a signal from outside.
   */
  repair?: (logged: string) => Promise<void>;
}

export interface ProcessListener {
  started(name: string, pid: number): void;
  /** The process exited by itself after it was ready. It is restarted after `retryMs`. */
  crashed(name: string, reason: string, retryMs: number): void;
}

const firstPauseMs = 500;
const maxPauseMs = 15_000;
/** A process that ran this long had recovered: the next pause starts from the minimum again. */
const steadyAfterMs = 30_000;
/** A process cannot log why one of these ended it: whatever it logged last is no cause. */
const outsideSignals: readonly string[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];
/** From SIGTERM to SIGKILL. Longer than a worker's drain time (8 s). */
const stopGraceMs = 13_000;

/** A child process that is restarted when it crashes, until it is stopped. */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();
  private stopping = false;
  private pauseMs = firstPauseMs;
  private retry: NodeJS.Timeout | undefined;
  private supervised = false;
  private startedAtMs = 0;
  private logStartBytes = 0;
  private exitReason: string | undefined;
  /** What the process logged in its last run, if it ended by itself. */
  private lastLogged: string | undefined;

  constructor(
    private readonly spec: ProcessSpec,
    private readonly listener: ProcessListener,
  ) {}

  get name(): string {
    return this.spec.name;
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  /** Why the process ended, unless it is running again. */
  get failure(): string | undefined {
    return this.exitReason;
  }

  async start(): Promise<void> {
    const log = await openServiceLog(this.spec.logFile);
    try {
      this.logStartBytes = (await log.stat()).size;
      this.spawnChild(log.fd);
    } finally {
      await log.close();
    }
  }

  /** Before this call an exit is a failed start; after it, a crash that causes a restart. */
  supervise(): void {
    this.supervised = true;
    if (this.exitReason !== undefined && !this.stopping) this.startAgain(this.exitReason);
  }

  /** Sends SIGTERM, then SIGKILL after some seconds or at `force`. Resolves when the process has ended. */
  async stop(force: AbortSignal): Promise<void> {
    this.stopping = true;
    clearTimeout(this.retry);
    if (!this.child) return;
    this.ask();
    const kill = (): void => this.kill();
    const timer = setTimeout(kill, stopGraceMs);
    if (force.aborted) kill();
    force.addEventListener('abort', kill);
    await this.ended;
    clearTimeout(timer);
    force.removeEventListener('abort', kill);
  }

  private spawnChild(logDescriptor: number): void {
    const { command, parameters, environment, workingDirectory, tie } = this.spec;
    const child = spawn(command, parameters, {
      env: environment,
      cwd: workingDirectory,
      stdio: [
        tie === 'pipe' ? 'pipe' : 'ignore',
        logDescriptor,
        logDescriptor,
        ...(tie === 'ipc' ? ['ipc' as const] : []),
      ],
      // Own process group: Ctrl-C in the terminal reaches only us, and we stop the services in order.
      detached: true,
    });
    this.child = child;
    this.exitReason = undefined;
    this.startedAtMs = performance.now();
    // The pipe breaks when the child ends first; its exit event handles that.
    child.stdin?.on('error', () => undefined);
    this.ended = endOf(child).then((how) => this.handleEnd(how));
    if (child.pid !== undefined) this.listener.started(this.spec.name, child.pid);
  }

  private async handleEnd({ how, signal }: ProcessEnd): Promise<void> {
    this.child = undefined;
    if (this.stopping) return;
    const endedByItself = signal === undefined || !outsideSignals.includes(signal);
    const logged = await readLogSince(this.spec.logFile, this.logStartBytes);
    const cause = endedByItself ? findCause(logged) : undefined;
    this.lastLogged = endedByItself ? logged : undefined;
    this.exitReason = cause === undefined ? how : `${how}: ${cause}`;
    if (this.supervised) this.startAgain(this.exitReason);
  }

  private startAgain(reason: string): void {
    if (performance.now() - this.startedAtMs > steadyAfterMs) this.pauseMs = firstPauseMs;
    this.listener.crashed(this.spec.name, reason, this.pauseMs);
    this.retry = setTimeout(() => {
      if (this.stopping) return;
      this.repairAndStart().catch((error: Error) => this.startAgain(error.message));
    }, this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, maxPauseMs);
  }

  private async repairAndStart(): Promise<void> {
    const logged = this.lastLogged;
    this.lastLogged = undefined;
    if (logged !== undefined) await this.spec.repair?.(logged);
    if (!this.stopping) await this.start();
  }

  private ask(): void {
    if (this.spec.tie === 'pipe') this.child?.stdin?.end();
    else this.child?.kill('SIGTERM');
  }

  private kill(): void {
    const pid = this.child?.pid;
    if (pid === undefined) return;
    try {
      // Signals the whole group, so that a guard's child ends with the guard.
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It ended between the check and the signal, which is the aim.
    }
  }
}

interface ProcessEnd {
  how: string;
  signal: string | undefined;
}

/** Resolves when the child has ended or could not be started. */
async function endOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ how: error.message, signal: undefined }));
    child.once('exit', (code, received) => {
      const signal = received ?? signalOfCode(code ?? 0);
      resolve({ how: signal ? `ended by ${signal}` : `exit code ${code}`, signal });
    });
  });
}

/** A shell, such as the guard of Redis, reports a child that a signal n ended as exit code 128 + n. */
function signalOfCode(code: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0];
}
