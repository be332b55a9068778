import type { ChildProcess } from 'node:child_process';
import FluentFfmpeg from 'fluent-ffmpeg';
import { errorOfEnd, FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import type { ScheduledRun } from '#workers/ffmpeg/preemption.js';
import { processTreeCpuSeconds } from '#workers/ffmpeg/process-cpu.js';
import { type RunFigures, RunLog } from '#workers/ffmpeg/run-log.js';
import { watchRun } from '#workers/ffmpeg/watch-run.js';

/** One ffmpeg command, with every path as ffmpeg sees it. */
export interface FfmpegCommand {
  /** `writeSharedLauncher`'s script. */
  sharedLauncher: string;
  /** The run's folder, with the run's launcher in it. */
  folder: string;
  inputs: readonly { path: string; options: readonly string[] }[];
  graph: string;
  outputs: readonly { path: string; options: readonly string[] }[];
  cpuSeconds: number;
  scheduled: ScheduledRun;
  signal: AbortSignal | undefined;
  /** See `EncodeRun`. */
  onProgress: ((seconds: number, figures: Readonly<RunFigures>) => void) | undefined;
}

/** Runs ffmpeg once. See `Ffmpeg.encode`. fluent-ffmpeg is known here alone. */
export async function runFfmpeg(run: FfmpegCommand): Promise<RunFigures> {
  const command = buildCommand(run);
  const log = new RunLog();
  return new Promise((resolve, reject) => {
    let stopped: FfmpegError | undefined;
    let furthest = -1;
    // The library forgets the child before it emits `error`, and with it how ffmpeg ended.
    let child: ChildProcess | undefined;
    command.on('start', () => {
      child = childOf(command);
      if (child) run.scheduled.started(child);
    });
    const watch = watchRun({
      cpuSeconds: run.cpuSeconds,
      signal: run.signal,
      pid: () => child?.pid,
      stoppedMs: () => run.scheduled.stoppedMs(),
      end: (code, message) => {
        // ffmpeg reports its CPU time only when it ends by itself, and /proc forgets a killed process.
        const cpuSeconds = child?.pid === undefined ? 0 : processTreeCpuSeconds(child.pid);
        stopped = new FfmpegError(code, `ffmpeg was stopped: ${message}`, { log: log.text, cpuSeconds });
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
      reject(stopped ?? errorOf(child, error, log.text));
    });
    command.run();
  });
}

/**
 * Has the library ask ffmpeg for its formats and encoders, which it keeps for the whole process. Never
 * rejects: without the lists, the first run asks again and reports why it cannot start.
 */
export async function loadCapabilities(sharedLauncher: string): Promise<void> {
  const command = FluentFfmpeg();
  command.setFfmpegPath(sharedLauncher);
  await Promise.all([
    new Promise<void>((resolve) => command.getAvailableFormats(() => resolve())),
    new Promise<void>((resolve) => command.getAvailableEncoders(() => resolve())),
  ]);
}

function buildCommand({ sharedLauncher, folder, inputs, graph, outputs }: FfmpegCommand) {
  const command = FluentFfmpeg({ cwd: folder });
  command.setFfmpegPath(sharedLauncher);
  // Options are passed as separate arguments: the library splits a single string or array at spaces.
  inputs.forEach(({ path, options }, index) => {
    const global = index === 0 ? ['-nostdin', '-hide_banner', '-benchmark'] : [];
    command.input(path);
    if (global.length + options.length > 0)
      command.inputOptions(...([...global, ...options] as [string, ...string[]]));
  });
  command.complexFilter(graph);
  outputs.forEach(({ path, options }, index) => {
    const global =
      index === 0 ? ['-v', 'verbose', '-nostats', '-stats_period', '0.5', '-progress', 'pipe:2'] : [];
    command.output(path);
    command.outputOptions(...([...global, ...options] as [string, ...string[]]));
  });
  return command;
}

/** The library's own field, which its `kill` uses; its types omit it. */
function childOf(command: FluentFfmpeg.FfmpegCommand): ChildProcess | undefined {
  return (command as FluentFfmpeg.FfmpegCommand & { ffmpegProc?: ChildProcess }).ffmpegProc;
}

function errorOf(child: ChildProcess | undefined, error: Error, log: string): FfmpegError {
  const end = { exitCode: child?.exitCode ?? null, signal: child?.signalCode ?? null };
  // Node reports a program that it could not start with a negative code.
  if (end.signal === null && (end.exitCode ?? 0) <= 0)
    return new FfmpegError('not_started', `ffmpeg could not be run: ${error.message}`, { log, cause: error });
  return errorOfEnd('ffmpeg', end, log, { cause: error });
}
