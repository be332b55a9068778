import { expect, it } from 'vitest';
import { errorOfEnd, type FfmpegErrorCode, type ProcessEnd } from '#workers/ffmpeg/ffmpeg-error.js';

it.each<[string, ProcessEnd, string, FfmpegErrorCode, NodeJS.Signals | undefined, boolean]>([
  ['bad input', { exitCode: 1, signal: null }, 'x: Invalid data', 'exited', undefined, false],
  ['an undecodable track', { exitCode: 69, signal: null }, '', 'undecodable', undefined, false],
  [
    'a failed allocation',
    { exitCode: 1, signal: null },
    'Cannot allocate memory',
    'no_memory',
    undefined,
    true,
  ],
  [
    'a full disk',
    { exitCode: 1, signal: null },
    'Error closing file out.mp4: No space left on device',
    'no_space',
    undefined,
    true,
  ],
  [
    "a source's tag that names a full disk",
    { exitCode: 1, signal: null },
    '    title           : No space left on device',
    'exited',
    undefined,
    false,
  ],
  [
    'a sandbox that failed',
    { exitCode: 1, signal: null },
    'bwrap: no namespace',
    'not_started',
    undefined,
    true,
  ],
  ['a signal', { exitCode: null, signal: 'SIGSEGV' }, '', 'killed', 'SIGSEGV', true],
  ['a signal inside the sandbox', { exitCode: 128 + 24, signal: null }, '', 'killed', 'SIGXCPU', true],
])('ffmpeg: %s', (_name, end, log, code, signal, retryable) => {
  expect(errorOfEnd('ffmpeg', end, log)).toMatchObject({ code, signal, retryable, log });
});

it('blames the file when ffprobe fails to allocate', () => {
  const error = errorOfEnd('ffprobe', { exitCode: 1, signal: null }, 'Cannot allocate memory');
  expect(error.code).toBe('exited');
});
