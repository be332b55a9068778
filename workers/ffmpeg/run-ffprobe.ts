import { spawn } from 'node:child_process';
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
}

/** ffprobe's answers are small; more than this comes from a file made to be large. */
const mostOutputBytes = 64 * 2 ** 20;

/** Runs ffprobe once, sandboxed, and resolves to its standard output. Rejects with FfmpegError. */
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
    let outputBytes = 0;
    let errors = '';
    let tooSlow = false;
    const deadline = setTimeout(() => {
      tooSlow = true;
      child.kill('SIGKILL');
    }, run.deadlineSeconds * 1000);
    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > mostOutputBytes) child.kill('SIGKILL');
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
      if (code === 0) resolve(Buffer.concat(output).toString('utf8'));
      else if (tooSlow) {
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
