import { spawnSync } from 'node:child_process';
import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

export type SandboxKind = 'bwrap' | 'unshare' | 'none';

/** The most one run may take; the kernel enforces each (setrlimit). */
export interface RunLimits {
  cpuSeconds: number;
  addressSpaceBytes: number;
  fileBytes: number;
}

export interface SandboxSettings {
  kind: SandboxKind;
  /** Absolute paths. */
  ffmpeg: string;
  ffprobe: string;
  /** nice(1) level: players and the API come first on a shared machine. */
  niceLevel: number;
}

/** What one run sees: nothing but system libraries, its input read-only at a fixed name, and one writable folder. */
export interface SandboxedRun {
  program: 'ffmpeg' | 'ffprobe';
  /** Absolute path of the source, or undefined for runs on generated input. */
  inputPath: string | undefined;
  /** Absolute path of the one writable folder, or undefined for runs that write to standard output alone. */
  outputDirectory: string | undefined;
  limits: RunLimits;
}

/** Names the run's files have inside and outside: equal where there is no mount namespace to rename them in. */
export interface RunPaths {
  input: string;
  output: string;
}

export function runPaths(settings: SandboxSettings, run: SandboxedRun): RunPaths {
  return settings.kind === 'bwrap'
    ? { input: '/input/source', output: '/output' }
    : { input: run.inputPath ?? '', output: run.outputDirectory ?? '' };
}

/** argv that starts `run.program`; the program's own arguments follow. Pure. */
export function launcherArguments(settings: SandboxSettings, run: SandboxedRun): string[] {
  return [
    ...limitArguments(settings, run.limits),
    ...isolationArguments(settings, run),
    settings[run.program],
  ];
}

function limitArguments(settings: SandboxSettings, limits: RunLimits): string[] {
  if (process.platform !== 'linux') return ['nice', '-n', String(settings.niceLevel)];
  return [
    'prlimit',
    `--cpu=${Math.ceil(limits.cpuSeconds)}`,
    `--as=${limits.addressSpaceBytes}`,
    `--fsize=${limits.fileBytes}`,
    '--nofile=256',
    '--core=0',
    'nice',
    '-n',
    String(settings.niceLevel),
  ];
}

function isolationArguments(settings: SandboxSettings, run: SandboxedRun): string[] {
  if (settings.kind === 'none') return [];
  if (settings.kind === 'unshare') {
    // No file isolation: the demuxer is forced and protocols are whitelisted, so only the network and pids are cut off here.
    return ['unshare', '--net', '--pid', '--ipc', '--fork', '--kill-child'];
  }
  const paths = runPaths(settings, run);
  return [
    'bwrap',
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    '--clearenv',
    ...['--setenv', 'PATH', '/usr/bin'],
    ...['--ro-bind', '/usr', '/usr'],
    // Debian's libblas is found through it; without it ffmpeg does not start.
    ...['--ro-bind-try', '/etc/alternatives', '/etc/alternatives'],
    ...['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    ...['--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64', '--symlink', 'usr/bin', '/bin'],
    ...['--dev', '/dev', '--tmpfs', '/tmp'],
    ...programOutsideUsr(settings[run.program]),
    ...(run.inputPath === undefined ? [] : ['--ro-bind', run.inputPath, paths.input]),
    ...(run.outputDirectory === undefined
      ? ['--chdir', '/tmp']
      : ['--bind', run.outputDirectory, paths.output, '--chdir', paths.output]),
    '--',
  ];
}

function programOutsideUsr(path: string): string[] {
  return path.startsWith('/usr/') ? [] : ['--ro-bind', dirname(path), dirname(path)];
}

/** Where a fluent-ffmpeg run finds its own launcher: in its working folder. */
export const runLauncherName = '.launch';

/**
 * fluent-ffmpeg takes one program path for the whole process. This script is that program: it hands over to the
 * launcher of the run whose working folder it is started in, and to plain ffmpeg only where there is none, which is how
 * the library asks for ffmpeg's lists of formats and encoders, with no input at all.
 */
export async function writeSharedLauncher(directory: string, ffmpeg: string): Promise<string> {
  const path = join(directory, 'ffmpeg-launcher');
  const script = `#!/bin/sh\nif [ -x ./${runLauncherName} ]; then exec ./${runLauncherName} "$@"; fi\nexec ${quote(ffmpeg)} "$@"\n`;
  await mkdir(directory, { recursive: true });
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}

/** Writes the launcher of one run into its working folder. */
export async function writeRunLauncher(directory: string, argv: readonly string[]): Promise<void> {
  const path = join(directory, runLauncherName);
  await writeFile(path, `#!/bin/sh\nexec ${argv.map(quote).join(' ')} "$@"\n`);
  await chmod(path, 0o755);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Absolute path of a program on PATH, or undefined. */
export async function findProgram(name: string, path: string): Promise<string | undefined> {
  if (name.includes('/')) return (await isExecutable(name)) ? name : undefined;
  for (const directory of path.split(delimiter)) {
    const candidate = join(directory, name);
    if (directory !== '' && (await isExecutable(candidate))) return candidate;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, 1).then(
    () => true,
    () => false,
  );
}

/** Whether `kind` works on this machine: runs the real thing once. */
export function tryLauncher(settings: SandboxSettings): { works: boolean; detail: string } {
  const argv = launcherArguments(settings, {
    program: 'ffprobe',
    inputPath: undefined,
    outputDirectory: undefined,
    limits: { cpuSeconds: 10, addressSpaceBytes: 4 * 2 ** 30, fileBytes: 2 ** 20 },
  });
  const [program = '', ...rest] = argv;
  const result = spawnSync(program, [...rest, '-hide_banner', '-v', 'error', '-version'], {
    timeout: 20_000,
    encoding: 'utf8',
  });
  if (result.status === 0) return { works: true, detail: 'works' };
  return { works: false, detail: result.error?.message ?? result.stderr.trim().slice(0, 500) };
}

/** Picks the strongest sandbox that works here. `wanted` other than `auto` is taken or refused, never weakened. */
export function chooseSandbox(
  settings: Omit<SandboxSettings, 'kind'>,
  wanted: SandboxKind | 'auto',
): { kind: SandboxKind; warning: string | undefined } {
  const details: string[] = [];
  for (const kind of wanted === 'auto' ? (['bwrap', 'unshare'] as const) : ([wanted] as const)) {
    const { works, detail } = tryLauncher({ ...settings, kind });
    if (works) {
      const weaker = kind === 'bwrap' ? undefined : `running ffmpeg in the weaker sandbox "${kind}"`;
      return { kind, warning: weaker && [weaker, ...details].join('; ') };
    }
    details.push(`${kind}: ${detail}`);
  }
  throw new Error(
    `no sandbox for ffmpeg works here (${details.join('; ')}). Install bubblewrap and allow user namespaces, or accept the risk of untrusted files with MILLRACE_SANDBOX=none`,
  );
}
