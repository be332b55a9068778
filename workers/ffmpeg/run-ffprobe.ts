import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { SourceRefusedError } from '#core/contracts/failure.js';
import { errorOfEnd, FfmpegError, type ProcessEnd, signalOf } from '#workers/ffmpeg/ffmpeg-error.js';
import type { ScheduledRun } from '#workers/ffmpeg/preemption.js';
import { watchRun } from '#workers/ffmpeg/watch-run.js';

/** One ffprobe command. */
export interface FfprobeCommand {
  /** The launcher's argv, the program last. */
  launcher: readonly string[];
  /** ffprobe's own arguments, the input last. */
  args: readonly string[];
  cpuSeconds: number;
  scheduled: ScheduledRun;
  signal: AbortSignal | undefined;
  /** See `ProbeRun`. */
  onLog: ((log: string) => void) | undefined;
  /** See `ProbeRun`. */
  onText: ((text: string) => void) | undefined;
}

/**
 * ffprobe's answers are small, lists of packets aside. A file that needs more than this is made to be large.
 */
const maxOutputBytes = { kept: 32 * 2 ** 20, passedOn: 256 * 2 ** 20 };

/** Runs ffprobe once and resolves to its standard output. See `Ffmpeg.probe`. */
export async function runFfprobe(run: FfprobeCommand): Promise<string> {
  const [program = '', ...launcher] = run.launcher;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...launcher, '-hide_banner', ...run.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid !== undefined) run.scheduled.started(child);
    const output = new ProbeOutput(run.onText);
    let stopped: Error | undefined;
    const stopFor = (error: Error): void => {
      stopped ??= error;
      child.kill('SIGKILL');
    };
    const watch = watchRun({
      cpuSeconds: run.cpuSeconds,
      signal: run.signal,
      pid: () => child.pid,
      stoppedMs: () => run.scheduled.stoppedMs(),
      end: (code, message) =>
        stopFor(new FfmpegError(code, `ffprobe was stopped: ${message}`, { log: output.errors })),
    });
    if (run.signal?.aborted)
      stopFor(new FfmpegError('aborted', 'ffprobe was stopped: its task was cancelled', { log: '' }));
    child.stdout.on('data', (chunk: Buffer) => {
      watch.progressed();
      if (!output.take(chunk)) stopFor(output.refusal());
    });
    child.stderr.on('data', (chunk: Buffer) => output.takeError(chunk));
    child.once('error', (error) => {
      watch.stop();
      reject(new FfmpegError('not_started', error.message, { log: output.errors, cause: error }));
    });
    child.once('close', (exitCode, signal) => {
      watch.stop();
      run.onLog?.(output.errors);
      if (stopped) reject(stopped);
      else if (exitCode === 0) resolve(output.text);
      else reject(errorOf({ exitCode, signal }, run.cpuSeconds, output.errors));
    });
  });
}

/** Standard output, kept or passed on, and the last lines of standard error. */
class ProbeOutput {
  errors = '';
  private bytes = 0;
  private readonly kept: Buffer[] = [];
  private readonly decoder = new StringDecoder('utf8');
  private readonly maxBytes: number;

  constructor(private readonly onText: FfprobeCommand['onText']) {
    this.maxBytes = onText ? maxOutputBytes.passedOn : maxOutputBytes.kept;
  }

  get text(): string {
    return Buffer.concat(this.kept).toString('utf8');
  }

  /** Returns false once the output exceeds its limit. */
  take(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) return false;
    if (this.onText) this.onText(this.decoder.write(chunk));
    else this.kept.push(chunk);
    return true;
  }

  takeError(chunk: Buffer): void {
    this.errors = (this.errors + chunk.toString('latin1').replaceAll(/[^\n\x20-\x7e]/g, '?')).slice(-8_000);
  }

  refusal(): SourceRefusedError {
    return new SourceRefusedError(
      'resources',
      `ffprobe's report on tracks and packets exceeds ${this.maxBytes / 2 ** 20} MiB`,
    );
  }
}

function errorOf(end: ProcessEnd, cpuSeconds: number, log: string): FfmpegError {
  // The kernel sends SIGKILL once CPU time or memory is used up.
  if (signalOf(end) === 'SIGKILL')
    return new FfmpegError('deadline', `ffprobe was killed: its limit is ${cpuSeconds} s of CPU time`, {
      log,
    });
  return errorOfEnd('ffprobe', end, log);
}
