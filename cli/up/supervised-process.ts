import { type ChildProcess, spawn } from 'node:child_process';
import { lastWords, openServiceLog } from '#cli/up/service-log.js';

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

  private async handleEnd(how: string): Promise<void> {
    this.child = undefined;
    if (this.stopping) return;
    const words = await lastWords(this.spec.logFile, this.logStartBytes);
    this.exitReason = words === undefined ? how : `${how}: ${words}`;
    if (this.supervised) this.startAgain(this.exitReason);
  }

  private startAgain(reason: string): void {
    if (performance.now() - this.startedAtMs > steadyAfterMs) this.pauseMs = firstPauseMs;
    this.listener.crashed(this.spec.name, reason, this.pauseMs);
    this.retry = setTimeout(() => {
      if (this.stopping) return;
      this.start().catch((error: Error) => this.startAgain(error.message));
    }, this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, maxPauseMs);
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

/** Resolves to the reason when the child has ended or could not be started. */
async function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `exit code ${code}`));
  });
}
