import { constants } from 'node:os';
import type { MayBeOutage } from '#core/runtime/is-outage.js';

export type FfmpegErrorCode =
  /** Exited with a code other than 0: bad input or bad arguments. */
  | 'exited'
  /** Exited because two thirds of a track's packets could not be decoded. */
  | 'undecodable'
  /** Exited because an allocation, or the start of a thread, failed. */
  | 'no_memory'
  /** Exited because the disk is full. */
  | 'no_space'
  /** Killed by a signal that we did not send: out of memory, a crash, a limit. `signal` names it. */
  | 'killed'
  /** Took longer than its deadline. */
  | 'deadline'
  /** Made no progress and used no CPU time for too long. */
  | 'stuck'
  /** The task was cancelled. */
  | 'aborted'
  /** The program, or its sandbox, could not be started. */
  | 'not_started';

export interface FfmpegErrorOptions extends ErrorOptions {
  /** The last lines that the program wrote, without any path of ours. */
  log: string;
  signal?: NodeJS.Signals | undefined;
  cpuSeconds?: number;
}

/** A failed run of ffmpeg or ffprobe. */
export class FfmpegError extends Error implements MayBeOutage {
  /** Whether another attempt may succeed: after a crash it may, with bad input it never does. */
  readonly retryable: boolean;
  /** The worker's disk is full, or the worker cannot start programs: no source causes that. */
  readonly isOutage: boolean;
  readonly log: string;
  /** The signal that ended the program, if `code` is `killed`. */
  readonly signal: NodeJS.Signals | undefined;
  /** CPU time that a run used before we ended it, seconds. 0 after other failures: nothing reports it. */
  readonly cpuSeconds: number;

  constructor(
    readonly code: FfmpegErrorCode,
    message: string,
    { log, signal, cpuSeconds = 0, ...options }: FfmpegErrorOptions,
  ) {
    super(message, options);
    this.name = 'FfmpegError';
    this.log = log;
    this.signal = signal;
    this.cpuSeconds = cpuSeconds;
    this.retryable = code !== 'exited' && code !== 'undecodable';
    // Arguments that are too long stay so.
    const isTooLong = (options.cause as NodeJS.ErrnoException | undefined)?.code === 'E2BIG';
    this.isOutage = code === 'no_space' || (code === 'not_started' && !isTooLong);
  }
}

/** CPU time of a run that was ended early, seconds. 0 for other errors. */
export function cpuSecondsOf(error: unknown): number {
  return error instanceof FfmpegError ? error.cpuSeconds : 0;
}

/** How a child process ended, as Node reports it. */
export interface ProcessEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/** ffmpeg's exit code for more errors than `-max_error_rate` of a track's packets. */
const tooManyErrors = 69;
/** The launcher's programs write these prefixes when they fail before ffmpeg runs. */
const launcherFailure = /^(bwrap|unshare|prlimit|nice): /m;

/** ffmpeg indents what it copies from a source's tags: a source must not pass for a full disk. */
const diskIsFull = /^\S.*: No space left on device$/m;

/** The error for a program that ended by itself, neither well nor by our hand. */
export function errorOfEnd(
  program: 'ffmpeg' | 'ffprobe',
  end: ProcessEnd,
  log: string,
  options?: ErrorOptions,
): FfmpegError {
  const signal = signalOf(end);
  if (signal !== undefined)
    return new FfmpegError('killed', `${program} died of ${signal}`, { log, signal, ...options });
  const message = `${program} ended with code ${end.exitCode}`;
  return new FfmpegError(codeOfExit(program, end.exitCode, log), message, { log, ...options });
}

function codeOfExit(program: 'ffmpeg' | 'ffprobe', exitCode: number | null, log: string): FfmpegErrorCode {
  if (launcherFailure.test(log)) return 'not_started';
  // ffprobe writes nothing, and an allocation that `-max_alloc` refuses is the file's fault.
  if (program === 'ffprobe') return 'exited';
  if (exitCode === tooManyErrors) return 'undecodable';
  // Both exit with code 1, as nearly everything does: only the system's messages distinguish them.
  if (/Cannot allocate memory|Resource temporarily unavailable/.test(log)) return 'no_memory';
  if (diskIsFull.test(log)) return 'no_space';
  return 'exited';
}

/** A shell or bubblewrap reports a child that died of signal n as exit code 128 + n. */
export function signalOf({ exitCode, signal }: ProcessEnd): NodeJS.Signals | undefined {
  if (signal !== null) return signal;
  if (exitCode === null || exitCode <= 128) return undefined;
  const names = Object.entries(constants.signals);
  return names.find(([, number]) => number === exitCode - 128)?.[0] as NodeJS.Signals | undefined;
}
