import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import { SourceRefusedError } from '#core/contracts/failure.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import { launcherArguments, type SandboxSettings } from '#workers/ffmpeg/launcher.js';
import { watchRun } from '#workers/ffmpeg/watch-run.js';

export interface FfprobeRun {
  inputPath: string;
  /** Without the input: it is added last. */
  options: readonly string[];
  /** The input's name as ffprobe sees it. */
  inputName: string;
  cpuSeconds: number;
  addressSpaceBytes: number;
  signal?: AbortSignal;
  /** Called once with what ffprobe complained of, in plain characters, also where it ends well. */
  onLog?: (log: string) => void;
  /** Takes standard output as it comes, instead of the promise. */
  onText?: (text: string) => void;
}

/** ffprobe's answers are small, but for lists of packets; more than this comes from a file made to be large. */
const maxOutputBytes = { kept: 32 * 2 ** 20, passedOn: 256 * 2 ** 20 };

/**
 * Runs ffprobe once, sandboxed, and resolves to its standard output. Rejects with FfmpegError, and with SourceRefusedError
 * where there is too much to say of the file.
 */
export async function runFfprobe(sandbox: SandboxSettings, run: FfprobeRun): Promise<string> {
  const [program = '', ...launcher] = launcherArguments(sandbox, {
    program: 'ffprobe',
    inputPath: run.inputPath,
    outputDirectory: undefined,
    limits: { cpuSeconds: run.cpuSeconds, addressSpaceBytes: run.addressSpaceBytes, fileBytes: 0 },
  });
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...launcher, '-hide_banner', ...run.options, run.inputName], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const answer = new Answer(run);
    let reason: Error | undefined;
    const stopFor = (error: Error): void => {
      reason ??= error;
      child.kill('SIGKILL');
    };
    const watch = watchRun({
      cpuSeconds: run.cpuSeconds,
      signal: run.signal,
      pid: () => child.pid,
      end: (code, message) =>
        stopFor(new FfmpegError(code, `ffprobe was stopped: ${message}`, answer.errors)),
    });
    if (run.signal?.aborted)
      stopFor(new FfmpegError('aborted', 'ffprobe was stopped: its task was cancelled', ''));
    child.stdout.on('data', (chunk: Buffer) => {
      watch.progressed();
      if (!answer.take(chunk)) stopFor(tooMuch(run));
    });
    child.stderr.on('data', (chunk: Buffer) => answer.takeError(chunk));
    child.once('error', (error) => {
      watch.stop();
      reject(new FfmpegError('not_started', error.message, answer.errors, { cause: error }));
    });
    child.once('close', (code, signal) => {
      watch.stop();
      run.onLog?.(answer.errors);
      if (reason) reject(reason);
      else if (code === 0) resolve(answer.text);
      else reject(endOf(code ?? 0, signal, run, answer.errors));
    });
  });
}

/** What ffprobe says: its answer, kept or passed on, and the last of its complaints. */
class Answer {
  errors = '';
  private bytes = 0;
  private readonly kept: Buffer[] = [];
  private readonly decoder = new StringDecoder('utf8');

  constructor(private readonly run: Pick<FfprobeRun, 'onText'>) {}

  get text(): string {
    return Buffer.concat(this.kept).toString('utf8');
  }

  /** Whether there is not too much of it yet. */
  take(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    if (this.bytes > maxBytesOf(this.run)) return false;
    if (this.run.onText) this.run.onText(this.decoder.write(chunk));
    else this.kept.push(chunk);
    return true;
  }

  takeError(chunk: Buffer): void {
    this.errors = (this.errors + chunk.toString('latin1').replaceAll(/[^\n\x20-\x7e]/g, '?')).slice(-8_000);
  }
}

const maxBytesOf = ({ onText }: Pick<FfprobeRun, 'onText'>): number =>
  onText ? maxOutputBytes.passedOn : maxOutputBytes.kept;

const tooMuch = (run: FfprobeRun): SourceRefusedError =>
  new SourceRefusedError(
    'resources',
    `the file has more than ${maxBytesOf(run) / 2 ** 20} MiB to tell of its tracks and packets`,
  );

/** A shell or bubblewrap reports a child that died of signal n as 128 + n. */
function endOf(
  code: number,
  signal: NodeJS.Signals | null,
  { cpuSeconds }: FfprobeRun,
  errors: string,
): FfmpegError {
  // The kernel's way to say that CPU time, or all memory, is used up.
  if (signal === 'SIGKILL' || code === 128 + constants.signals.SIGKILL)
    return new FfmpegError('deadline', `ffprobe was killed: it may use ${cpuSeconds} s of CPU time`, errors);
  if (signal !== null || code > 128)
    return new FfmpegError('killed', `ffprobe died of ${signal ?? `signal ${code - 128}`}`, errors);
  return new FfmpegError('exited', `ffprobe ended with code ${code}`, errors);
}
