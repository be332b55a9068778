import { expect, it } from 'vitest';
import {
  launcherArguments,
  pathInSandbox,
  type SandboxedRun,
  type SandboxKind,
} from '#workers/ffmpeg/sandbox.js';

const settings = (kind: SandboxKind) => ({ kind, niceLevel: 7 });
const sandboxed: SandboxedRun = {
  program: '/opt/media/bin/ffmpeg',
  inputPath: '/data/a film.mp4',
  folder: '/scratch/1',
  limits: { cpuSeconds: 12.5, addressSpaceBytes: 1024, fileBytes: 99 },
};
const dieWithParent = process.platform === 'linux' ? 'setpriv --pdeathsig KILL ' : '';
const limits =
  process.platform === 'linux'
    ? 'prlimit --cpu=13 --as=1024 --fsize=99 --nofile=256 --core=0 nice -n 7'
    : 'nice -n 7';

it.each<[SandboxKind, string]>([
  ['none', `${limits} ${dieWithParent}/opt/media/bin/ffmpeg`],
  [
    'unshare',
    `${limits} ${dieWithParent}unshare --net --pid --ipc --fork --kill-child /opt/media/bin/ffmpeg`,
  ],
])('launches through %s', (kind, argv) => {
  expect(launcherArguments(settings(kind), sandboxed).join(' ')).toBe(argv);
});

it('gives bubblewrap one read-only input, one writable folder and no network', () => {
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

it('binds nothing for a run without files', () => {
  const text = launcherArguments(settings('bwrap'), {
    ...sandboxed,
    program: '/usr/bin/ffprobe',
    inputPath: undefined,
    folder: undefined,
  }).join(' ');
  expect(text).not.toContain('/input');
  expect(text).not.toContain(' --bind ');
  expect(text.endsWith('--chdir /tmp -- /usr/bin/ffprobe')).toBe(true);
});

it.each<[SandboxKind, string, string]>([
  ['bwrap', '/input/source', '/output'],
  ['unshare', '/data/a film.mp4', '/scratch/1'],
  ['none', '/data/a film.mp4', '/scratch/1'],
])('maps host paths for %s', (kind, input, output) => {
  const map = (path: string): string => pathInSandbox(settings(kind), sandboxed, path);
  expect(map('/data/a film.mp4')).toBe(input);
  expect(map('/scratch/1/video.mp4')).toBe(`${output}/video.mp4`);
});

it.each(['/data/another.mp4', '/scratch/12/video.mp4', '/scratch/1/../2', '/scratch'])(
  'refuses a path that the run cannot see: %s',
  (path) => {
    for (const kind of ['bwrap', 'none'] as const)
      expect(() => pathInSandbox(settings(kind), sandboxed, path)).toThrow(RangeError);
  },
);
