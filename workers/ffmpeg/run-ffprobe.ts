import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { SourceRefusedError } from '#core/contracts/failure.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import { launcherArguments, type SandboxSettings } from '#workers/ffmpeg/launcher.js';

export interface FfprobeRun {
  inputPath: string;
  /** Without the input: it is added last. */
  options: readonly string[];
  /** The input's name as ffprobe sees it. */
  inputName: string;
  deadlineSeconds: number;
  addressSpaceBytes: number;
  signal?: AbortSignal;
  /** Called once with what ffprobe complained of, in plain characters, also where it ends well. */
  onLog?: (log: string) => void;
  /** Takes standard output as it comes, instead of the promise. */
  onText?: (text: string) => void;
}

/** ffprobe's answers are small, but for lists of packets; more than this comes from a file made to be large. */
const mostOutputBytes = { kept: 32 * 2 ** 20, passedOn: 256 * 2 ** 20 };

/**
 * Runs ffprobe once, sandboxed, and resolves to its standard output. Rejects with FfmpegError, and with SourceRefusedError
 * where there is too much to say of the file.
 */
export async function runFfprobe(sandbox: SandboxSettings, run: FfprobeRun): Promise<string> {
  const [program = '', ...launcher] = launcherArguments(sandbox, {
    program: 'ffprobe',
    inputPath: run.inputPath,
    outputDirectory: undefined,
    limits: { cpuSeconds: run.deadlineSeconds * 2, addressSpaceBytes: run.addressSpaceBytes, fileBytes: 0 },
  });
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...launcher, '-hide_banner', ...run.options, run.inputName], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(run.signal ? { signal: run.signal, killSignal: 'SIGKILL' as const } : {}),
    });
    const output: Buffer[] = [];
    const decoder = new StringDecoder('utf8');
    const mostBytes = run.onText ? mostOutputBytes.passedOn : mostOutputBytes.kept;
    let outputBytes = 0;
    let errors = '';
    let tooSlow = false;
    const deadline = setTimeout(() => {
      tooSlow = true;
      child.kill('SIGKILL');
    }, run.deadlineSeconds * 1000);
    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > mostBytes) child.kill('SIGKILL');
      else if (run.onText) run.onText(decoder.write(chunk));
      else output.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('latin1').replaceAll(/[^\n\x20-\x7e]/g, '?')).slice(-8_000);
    });
    child.once('error', (error) => {
      clearTimeout(deadline);
      reject(
        new FfmpegError(run.signal?.aborted ? 'aborted' : 'not_started', error.message, errors, {
          cause: error,
        }),
      );
    });
    child.once('close', (code, signal) => {
      clearTimeout(deadline);
      run.onLog?.(errors);
      if (code === 0 && outputBytes <= mostBytes) resolve(Buffer.concat(output).toString('utf8'));
      else if (outputBytes > mostBytes) {
        const told = `more than ${mostBytes / 2 ** 20} MiB to tell of its tracks and packets`;
        reject(new SourceRefusedError('resources', `the file has ${told}`));
      } else if (tooSlow) {
        reject(
          new FfmpegError(
            'deadline',
            `ffprobe was stopped after its deadline of ${run.deadlineSeconds} s`,
            errors,
          ),
        );
      } else if (signal || (code ?? 0) > 128) {
        reject(
          new FfmpegError('killed', `ffprobe died of ${signal ?? `signal ${(code ?? 0) - 128}`}`, errors),
        );
      } else reject(new FfmpegError('exited', `ffprobe ended with code ${code}`, errors));
    });
  });
}
