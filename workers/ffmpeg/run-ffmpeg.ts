import Ffmpeg from 'fluent-ffmpeg';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import {
  launcherArguments,
  type SandboxedRun,
  type SandboxSettings,
  writeRunLauncher,
} from '#workers/ffmpeg/launcher.js';
import { type RunFigures, RunLog } from '#workers/ffmpeg/run-log.js';
import { watchRun } from '#workers/ffmpeg/watch-run.js';

/** One output file of a run: its arguments, without the file's name. */
export interface FfmpegOutput {
  path: string;
  options: readonly string[];
}

export interface FfmpegRun extends SandboxedRun {
  /** A folder of this run alone, holding its launcher; the output folder in most runs. */
  workingDirectory: string;
  /** The run's input by its name inside the sandbox, and the options before it. */
  input: { path: string; options: readonly string[] };
  filterGraph?: string;
  outputs: readonly FfmpegOutput[];
  signal?: AbortSignal;
  /**
   * Called about twice a second while ffmpeg gets on, with the position it reports in seconds, and all that it had said
   * of itself when it had come so far.
   */
  onProgress?: (seconds: number, figures: Readonly<RunFigures>) => void;
}

/**
 * Runs ffmpeg once, sandboxed. Resolves to its figures; rejects with FfmpegError. SIGKILL ends it where `watchRun`
 * says so: SIGTERM can be ignored for over twenty seconds. The sandbox dies with it, and with this process.
 *
 * `sharedLauncher` is `writeSharedLauncher`'s script. The only place that knows fluent-ffmpeg.
 */
export async function runFfmpeg(
  sharedLauncher: string,
  sandbox: SandboxSettings,
  run: FfmpegRun,
): Promise<RunFigures> {
  await writeRunLauncher(run.workingDirectory, launcherArguments(sandbox, run));
  if (run.signal?.aborted)
    throw new FfmpegError('aborted', 'ffmpeg was not started: its task was cancelled', '');
  const command = buildCommand(sharedLauncher, run);
  const log = new RunLog();
  return new Promise((resolve, reject) => {
    let reason: FfmpegError | undefined;
    let furthest = -1;
    const watch = watchRun({
      cpuSeconds: run.limits.cpuSeconds,
      signal: run.signal,
      pid: () => (command as RunningCommand).ffmpegProc?.pid,
      end: (code, message) => {
        reason = new FfmpegError(code, `ffmpeg was stopped: ${message}`, log.text);
        command.kill('SIGKILL');
      },
    });
    command.on('stderr', (line: string) => {
      const seconds = log.read(line);
      if (seconds === undefined) return;
      if (seconds > furthest) watch.progressed();
      furthest = Math.max(furthest, seconds);
      run.onProgress?.(seconds, log.figures);
    });
    command.on('end', () => {
      watch.stop();
      resolve(log.figures);
    });
    command.on('error', (error: Error) => {
      watch.stop();
      reject(reason ?? toFfmpegError(error, log.text));
    });
    command.run();
  });
}

/** The library's own field, which `kill` uses too; its types leave it out. */
type RunningCommand = Ffmpeg.FfmpegCommand & { ffmpegProc?: { pid?: number } };

function buildCommand(sharedLauncher: string, run: FfmpegRun): Ffmpeg.FfmpegCommand {
  const command = Ffmpeg({ cwd: run.workingDirectory });
  command.setFfmpegPath(sharedLauncher);
  // Several arguments, never one array or string: the library splits those at spaces.
  command.input(run.input.path).inputOptions('-nostdin', '-hide_banner', '-benchmark', ...run.input.options);
  if (run.filterGraph !== undefined) command.complexFilter(run.filterGraph);
  run.outputs.forEach((output, index) => {
    command.output(output.path);
    // Progress and verbosity are global options, taken from the first output's place.
    const global =
      index === 0 ? ['-v', 'verbose', '-nostats', '-stats_period', '0.5', '-progress', 'pipe:2'] : [];
    command.outputOptions(...([...global, ...output.options] as [string, ...string[]]));
  });
  return command;
}

/** ffmpeg's own: more errors than `-max_error_rate` of a track's packets. */
const tooManyErrors = 69;

function toFfmpegError(error: Error, log: string): FfmpegError {
  const exit = /exited with code (\d+)/.exec(error.message);
  if (exit) {
    // A shell or bubblewrap reports a child that died of signal n as 128 + n.
    const code = Number(exit[1]);
    if (code > 128)
      return new FfmpegError('killed', `ffmpeg died of signal ${code - 128}`, log, { cause: error });
    const kind = code === tooManyErrors ? 'undecodable' : 'exited';
    return new FfmpegError(kind, `ffmpeg ended with code ${code}`, log, { cause: error });
  }
  const signal = /killed with signal (\w+)/.exec(error.message);
  if (signal) return new FfmpegError('killed', `ffmpeg died of ${signal[1]}`, log, { cause: error });
  return new FfmpegError('not_started', `ffmpeg could not be run: ${error.message}`, log, { cause: error });
}
