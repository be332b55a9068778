import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import { findProgram } from '#workers/ffmpeg/find-program.js';
import { type InputLimits, inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { Preemption } from '#workers/ffmpeg/preemption.js';
import { loadCapabilities, runFfmpeg } from '#workers/ffmpeg/run-ffmpeg.js';
import { runFfprobe } from '#workers/ffmpeg/run-ffprobe.js';
import type { RunFigures } from '#workers/ffmpeg/run-log.js';
import type { PriorityOf, RunPriority } from '#workers/ffmpeg/run-priority.js';
import {
  chooseSandbox,
  launcherArguments,
  pathInSandbox,
  type SandboxedRun,
  type SandboxKind,
  type SandboxSettings,
} from '#workers/ffmpeg/sandbox.js';
import { writeRunLauncher, writeSharedLauncher } from '#workers/ffmpeg/shared-launcher.js';

export interface FfmpegSettings {
  /** Names on `path`, or paths. */
  ffmpeg: string;
  ffprobe: string;
  /** An ffmpeg with libvmaf; reports measure no VMAF without it. */
  vmafFfmpeg?: string | undefined;
  /** A PATH variable. */
  path: string;
  sandbox: SandboxKind | 'auto';
  /** nice(1) level of background runs. */
  niceLevel: number;
  /** Address space of one run, bytes. */
  memoryBytes: number;
  inputLimits: InputLimits;
  /** A folder of this process that outlives every run. */
  launcherFolder: string;
  /** Called once if the sandbox is weaker than bubblewrap. */
  warn?: (message: string) => void;
  /** Called when a run ends that was stopped for more urgent ones. */
  onStopped?: (priority: RunPriority, seconds: number) => void;
}

/** An input of a run. All paths are the host's. */
export type EncodeInput =
  /** An uploaded file: its demuxer is forced and whitelisted, and the run can only read it. One per run. */
  | { kind: 'source'; path: string; demuxer: string; options: readonly string[] }
  /** A file that we wrote into the run's folder. */
  | { kind: 'file'; path: string }
  /** What a lavfi source generates. */
  | { kind: 'generated'; source: string };

interface EncodeOutput {
  /** Absolute path of a file in the run's folder; undefined to discard the output. */
  path: string | undefined;
  /** Without the file's name. */
  options: readonly string[];
}

export interface EncodeRun {
  /** An ffmpeg with libvmaf must be configured for `vmaf`. Default: `encode`. */
  program?: 'encode' | 'vmaf';
  priority: PriorityOf;
  /** A folder of this run alone, the only one that it can write to. Holds the run's launcher. */
  folder: string;
  inputs: readonly EncodeInput[];
  /** The complex filter graph. */
  graph: string;
  outputs: readonly EncodeOutput[];
  limits: {
    cpuSeconds: number;
    /** Size of any one output. */
    fileBytes: number;
    /** Address space beyond `FfmpegSettings.memoryBytes`. */
    extraMemoryBytes?: number;
  };
  signal: AbortSignal;
  /**
   * Called about twice a second while ffmpeg makes progress, with the position that it reports in seconds and
   * the figures that it had reported up to that position.
   */
  onProgress?: (seconds: number, figures: Readonly<RunFigures>) => void;
}

export interface ProbeRun {
  /** Absolute path of the source. */
  path: string;
  demuxer: string;
  priority: PriorityOf;
  /** ffprobe's options, without the input and its demuxer. */
  options: readonly string[];
  cpuSeconds: number;
  signal?: AbortSignal;
  /** Called once with ffprobe's messages in printable ASCII, also after a success. */
  onLog?: (log: string) => void;
  /** Takes standard output in pieces; the promise then resolves to an empty string. */
  onText?: (text: string) => void;
}

interface Programs {
  ffmpeg: string;
  ffprobe: string;
  vmafFfmpeg: string | undefined;
}

/**
 * Runs ffmpeg and ffprobe on untrusted files. Alone in knowing the sandbox, the launchers and the programs:
 * callers name host paths, and every run sees those files under the names of its sandbox.
 */
export class Ffmpeg {
  private readonly preemption: Preemption;

  private constructor(
    private readonly settings: FfmpegSettings,
    private readonly sandbox: SandboxSettings,
    private readonly programs: Programs,
    private readonly sharedLauncher: string,
  ) {
    this.preemption = new Preemption({ onStopped: settings.onStopped });
  }

  /**
   * Finds the programs and the strongest sandbox that works. Rejects with an error for the operator to read.
   */
  static async open(settings: FfmpegSettings): Promise<Ffmpeg> {
    const { path, niceLevel, vmafFfmpeg } = settings;
    const [ffmpeg, ffprobe] = await Promise.all([
      requireProgram(settings.ffmpeg, path),
      requireProgram(settings.ffprobe, path),
    ]);
    const vmaf = vmafFfmpeg === undefined ? undefined : await findProgram(vmafFfmpeg, path);
    if (vmafFfmpeg !== undefined && vmaf === undefined)
      throw new Error(`MILLRACE_VMAF_FFMPEG names ${vmafFfmpeg}, which is not an executable program`);
    const { kind, warning } = chooseSandbox({ ffprobe, niceLevel }, settings.sandbox);
    if (warning !== undefined) settings.warn?.(warning);
    const sharedLauncher = await writeSharedLauncher(settings.launcherFolder, ffmpeg);
    return new Ffmpeg(settings, { kind, niceLevel }, { ffmpeg, ffprobe, vmafFfmpeg: vmaf }, sharedLauncher);
  }

  /**
   * Fetches ffmpeg's lists of formats and encoders, which the first run needs: asked for at a worker's start,
   * they delay no title. Never rejects.
   */
  async warmUp(): Promise<void> {
    await loadCapabilities(this.sharedLauncher);
  }

  get sandboxKind(): SandboxKind {
    return this.sandbox.kind;
  }

  /** Absolute path of the ffmpeg with libvmaf, if one is configured. */
  get vmafProgram(): string | undefined {
    return this.programs.vmafFfmpeg;
  }

  /**
   * Runs ffmpeg once and resolves to its figures. Rejects with FfmpegError. A run over its limits, stuck or
   * aborted is ended with SIGKILL, which also ends a stopped one: ffmpeg can ignore SIGTERM for over twenty
   * seconds. The sandbox dies with it, and with this process.
   */
  async encode(run: EncodeRun): Promise<RunFigures> {
    const source = run.inputs.find((input) => input.kind === 'source');
    const sandboxed: SandboxedRun = {
      program: this.programFor(run.program),
      inputPath: source?.path,
      folder: run.folder,
      limits: {
        cpuSeconds: run.limits.cpuSeconds,
        addressSpaceBytes: this.settings.memoryBytes + (run.limits.extraMemoryBytes ?? 0),
        fileBytes: run.limits.fileBytes,
      },
    };
    const map = (path: string): string => pathInSandbox(this.sandbox, sandboxed, path);
    const inputs = run.inputs.map((input) => this.describeInput(input, map));
    const outputs = run.outputs.map(({ path, options }) => ({
      path: path === undefined ? '-' : map(path),
      options,
    }));
    await writeRunLauncher(run.folder, this.launcherFor(sandboxed, run.priority));
    if (run.signal.aborted)
      throw new FfmpegError('aborted', 'ffmpeg was not started: its task was cancelled', { log: '' });
    return this.preemption.run(run.priority, (scheduled) =>
      runFfmpeg({
        sharedLauncher: this.sharedLauncher,
        folder: run.folder,
        inputs,
        graph: run.graph,
        outputs,
        cpuSeconds: run.limits.cpuSeconds,
        scheduled,
        signal: run.signal,
        onProgress: run.onProgress,
      }),
    );
  }

  /**
   * Runs ffprobe once on a source and resolves to its standard output. Rejects with FfmpegError, or with
   * SourceRefusedError if the output is too large.
   */
  async probe(run: ProbeRun): Promise<string> {
    const sandboxed: SandboxedRun = {
      program: this.programs.ffprobe,
      inputPath: run.path,
      folder: undefined,
      limits: { cpuSeconds: run.cpuSeconds, addressSpaceBytes: this.settings.memoryBytes, fileBytes: 0 },
    };
    const command = {
      launcher: this.launcherFor(sandboxed, run.priority),
      args: [
        ...['-v', 'error', ...inputArguments(run.demuxer, this.settings.inputLimits), ...run.options],
        pathInSandbox(this.sandbox, sandboxed, run.path),
      ],
      cpuSeconds: run.cpuSeconds,
      signal: run.signal,
      onLog: run.onLog,
      onText: run.onText,
    };
    return this.preemption.run(run.priority, (scheduled) => runFfprobe({ ...command, scheduled }));
  }

  /** Only what nobody waits for when it starts leaves the machine to other services. */
  private launcherFor(run: SandboxedRun, priority: PriorityOf): string[] {
    const first = typeof priority === 'string' ? priority : priority();
    const niceLevel = first === 'background' ? this.sandbox.niceLevel : 0;
    return launcherArguments({ ...this.sandbox, niceLevel }, run);
  }

  private programFor(program: EncodeRun['program']): string {
    if (program !== 'vmaf') return this.programs.ffmpeg;
    if (this.programs.vmafFfmpeg === undefined) throw new RangeError('no ffmpeg with libvmaf is configured');
    return this.programs.vmafFfmpeg;
  }

  private describeInput(input: EncodeInput, map: (path: string) => string) {
    if (input.kind === 'generated') return { path: input.source, options: ['-f', 'lavfi'] };
    if (input.kind === 'file') return { path: map(input.path), options: [] };
    return {
      path: map(input.path),
      options: [...input.options, ...inputArguments(input.demuxer, this.settings.inputLimits)],
    };
  }
}

async function requireProgram(name: string, path: string): Promise<string> {
  const found = await findProgram(name, path);
  if (found !== undefined) return found;
  throw new Error(`${name} is not on PATH: install ffmpeg (apt-get install ffmpeg, brew install ffmpeg)`);
}
