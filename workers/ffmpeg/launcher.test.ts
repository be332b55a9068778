import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  findProgram,
  launcherArguments,
  runPaths,
  type SandboxedRun,
  type SandboxKind,
  type SandboxSettings,
  writeRunLauncher,
  writeSharedLauncher,
} from '#workers/ffmpeg/launcher.js';

const start = promisify(execFile);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace launcher '));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const settings = (kind: SandboxKind): SandboxSettings => ({
  kind,
  ffmpeg: '/opt/media/bin/ffmpeg',
  ffprobe: '/usr/bin/ffprobe',
  niceLevel: 7,
});
const sandboxed: SandboxedRun = {
  program: 'ffmpeg',
  inputPath: '/data/a film.mp4',
  outputDirectory: '/scratch/1',
  limits: { cpuSeconds: 12.5, addressSpaceBytes: 1024, fileBytes: 99 },
};
const limits =
  process.platform === 'linux'
    ? 'prlimit --cpu=13 --as=1024 --fsize=99 --nofile=256 --core=0 nice -n 7'
    : 'nice -n 7';

it.each<[SandboxKind, string]>([
  ['none', `${limits} /opt/media/bin/ffmpeg`],
  ['unshare', `${limits} unshare --net --pid --ipc --fork --kill-child /opt/media/bin/ffmpeg`],
])('%s', (kind, argv) => {
  expect(launcherArguments(settings(kind), sandboxed).join(' ')).toBe(argv);
});

it('bubblewrap shows one input, read-only, one writable folder, and no network', () => {
  const argv = launcherArguments(settings('bwrap'), sandboxed);
  const text = argv.join(' ');
  expect(
    text.startsWith(
      `${limits} bwrap --unshare-all --die-with-parent --new-session --cap-drop ALL --clearenv`,
    ),
  ).toBe(true);
  expect(argv).toContain('/data/a film.mp4');
  expect(text).toContain('--ro-bind /opt/media/bin /opt/media/bin --ro-bind /data/a film.mp4 /input/source');
  expect(text.endsWith('--bind /scratch/1 /output --chdir /output -- /opt/media/bin/ffmpeg')).toBe(true);
  expect(argv.filter((word) => word === '--bind')).toHaveLength(1);
  expect(argv).not.toContain('--share-net');
});

it('bubblewrap binds nothing for a run without files', () => {
  const text = launcherArguments(settings('bwrap'), {
    ...sandboxed,
    program: 'ffprobe',
    inputPath: undefined,
    outputDirectory: undefined,
  }).join(' ');
  expect(text).not.toContain('/input');
  expect(text).not.toContain(' --bind ');
  expect(text.endsWith('--chdir /tmp -- /usr/bin/ffprobe')).toBe(true);
});

it.each<[SandboxKind, string, string]>([
  ['bwrap', '/input/source', '/output'],
  ['unshare', '/data/a film.mp4', '/scratch/1'],
  ['none', '/data/a film.mp4', '/scratch/1'],
])('%s names files its own way', (kind, input, output) => {
  expect(runPaths(settings(kind), sandboxed)).toEqual({ input, output });
});

const hostile = ["it's", 'two words', '$(touch pwned)', '`id`', '"', '\\', 'a\nb', '*', ''];

it('hands words over as they are, whatever a shell makes of them', async () => {
  const printer = ['/usr/bin/env', 'printf', '%s\\0', ...hostile];
  await writeRunLauncher(folder, printer);
  const { stdout } = await start(join(folder, '.launch'), ['-i', "o'ther"], { cwd: folder });
  expect(stdout.split('\0')).toEqual([...hostile, '-i', "o'ther", '']);
});

it('the shared launcher takes the launcher of its working folder, else ffmpeg', async () => {
  const program = join(folder, "ff'mpeg");
  await writeFile(program, '#!/bin/sh\necho plain "$@"\n');
  await chmod(program, 0o755);
  const shared = await writeSharedLauncher(join(folder, 'shared'), program);
  expect((await start(shared, ['-formats'], { cwd: folder })).stdout).toBe('plain -formats\n');
  await writeRunLauncher(folder, ['/bin/echo', 'sandboxed']);
  expect((await start(shared, ['-i', 'x'], { cwd: folder })).stdout).toBe('sandboxed -i x\n');
});

it('finds programs on PATH, and only those that can be run', async () => {
  await writeFile(join(folder, 'tool'), '');
  expect(await findProgram('tool', `:${folder}`)).toBeUndefined();
  await chmod(join(folder, 'tool'), 0o755);
  expect(await findProgram('tool', `/nowhere:${folder}`)).toBe(join(folder, 'tool'));
  expect(await findProgram(join(folder, 'absent'), '')).toBeUndefined();
});
