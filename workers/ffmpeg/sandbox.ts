import { spawnSync } from 'node:child_process';
import { dirname, isAbsolute, join, relative } from 'node:path';

export type SandboxKind = 'bwrap' | 'unshare' | 'none';

/** What one run may use; the kernel enforces each (setrlimit). */
interface RunLimits {
  cpuSeconds: number;
  addressSpaceBytes: number;
  /** Size of any file that the run writes. */
  fileBytes: number;
}

export interface SandboxSettings {
  kind: SandboxKind;
  /** nice(1) level: players and the API come first on a shared machine. */
  niceLevel: number;
}

/** One run: it sees system libraries, its input read-only under a fixed name, and one writable folder. */
export interface SandboxedRun {
  /** Absolute path of ffmpeg or ffprobe. */
  program: string;
  /** Absolute path of the source; undefined for a run on generated input or on files of its own folder. */
  inputPath: string | undefined;
  /** Absolute path of the one writable folder; undefined for a run that writes to standard output alone. */
  folder: string | undefined;
  limits: RunLimits;
}

const inputName = '/input/source';
const folderName = '/output';

/** Maps a host path to the run's name for the file. Throws RangeError for a file that the run cannot see. */
export function pathInSandbox(
  { kind }: SandboxSettings,
  { inputPath, folder }: Pick<SandboxedRun, 'inputPath' | 'folder'>,
  path: string,
): string {
  if (path === inputPath) return kind === 'bwrap' ? inputName : path;
  const inFolder = folder === undefined ? '..' : relative(folder, path);
  if (inFolder.startsWith('..') || isAbsolute(inFolder))
    throw new RangeError(`${path} is neither the run's input nor in its folder`);
  return kind === 'bwrap' ? join(folderName, inFolder) : path;
}

/** Builds the argv that starts `run.program`; the program's own arguments follow it. */
export function launcherArguments(settings: SandboxSettings, run: SandboxedRun): string[] {
  return [...limitArguments(settings, run.limits), ...isolationArguments(settings, run), run.program];
}

function limitArguments({ niceLevel }: SandboxSettings, limits: RunLimits): string[] {
  const nice = ['nice', '-n', String(niceLevel)];
  if (process.platform !== 'linux') return nice;
  return [
    'prlimit',
    `--cpu=${Math.ceil(limits.cpuSeconds)}`,
    `--as=${limits.addressSpaceBytes}`,
    `--fsize=${limits.fileBytes}`,
    '--nofile=256',
    '--core=0',
    ...nice,
  ];
}

/**
 * Without bubblewrap's own option, a run that is stopped when its worker dies would stay stopped for ever.
 */
const dieWithParent = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL'] : [];

function isolationArguments({ kind }: SandboxSettings, run: SandboxedRun): string[] {
  if (kind === 'none') return dieWithParent;
  if (kind === 'unshare') {
    // Isolates network and processes; a forced demuxer and whitelisted protocols must guard the files.
    return [...dieWithParent, 'unshare', '--net', '--pid', '--ipc', '--fork', '--kill-child'];
  }
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
    // Debian's ffmpeg finds libblas through /etc/alternatives and does not start without it.
    ...['--ro-bind-try', '/etc/alternatives', '/etc/alternatives'],
    ...['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    ...['--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64', '--symlink', 'usr/bin', '/bin'],
    ...['--dev', '/dev', '--tmpfs', '/tmp'],
    ...programOutsideUsr(run.program),
    ...(run.inputPath === undefined ? [] : ['--ro-bind', run.inputPath, inputName]),
    ...(run.folder === undefined
      ? ['--chdir', '/tmp']
      : ['--bind', run.folder, folderName, '--chdir', folderName]),
    '--',
  ];
}

function programOutsideUsr(path: string): string[] {
  return path.startsWith('/usr/') ? [] : ['--ro-bind', dirname(path), dirname(path)];
}

/** Picks the strongest sandbox that works here. A kind that the operator names is never weakened. */
export function chooseSandbox(
  programs: { ffprobe: string; niceLevel: number },
  wanted: SandboxKind | 'auto',
): { kind: SandboxKind; warning: string | undefined } {
  const failures: string[] = [];
  for (const kind of wanted === 'auto' ? (['bwrap', 'unshare'] as const) : ([wanted] as const)) {
    const failure = trySandbox(programs.ffprobe, { kind, niceLevel: programs.niceLevel });
    if (failure === undefined) {
      const warning = kind === 'bwrap' ? [] : [`running ffmpeg in the weaker sandbox "${kind}"`, ...failures];
      return { kind, warning: warning.length === 0 ? undefined : warning.join('; ') };
    }
    failures.push(`${kind}: ${failure}`);
  }
  throw new Error(
    `no sandbox for ffmpeg works here (${failures.join('; ')}). Install bubblewrap and allow user namespaces, ` +
      'or accept the risk of untrusted files with MILLRACE_SANDBOX=none',
  );
}

/** Runs ffprobe once in the real sandbox. Returns why that failed, or undefined if it works. */
function trySandbox(ffprobe: string, settings: SandboxSettings): string | undefined {
  const [launcher = '', ...rest] = launcherArguments(settings, {
    program: ffprobe,
    inputPath: undefined,
    folder: undefined,
    limits: { cpuSeconds: 10, addressSpaceBytes: 4 * 2 ** 30, fileBytes: 2 ** 20 },
  });
  const result = spawnSync(launcher, [...rest, '-hide_banner', '-v', 'error', '-version'], {
    timeout: 20_000,
    encoding: 'utf8',
  });
  if (result.status === 0) return undefined;
  return result.error?.message ?? result.stderr.trim().slice(0, 500);
}
