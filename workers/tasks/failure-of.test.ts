import { expect, it } from 'vitest';
import { failureSentences, SourceRefusedError } from '#core/contracts/failure.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import { asRefusal, failureOf } from '#workers/tasks/failure-of.js';

const log = '';

it.each([
  ['a refusal keeps its code', new SourceRefusedError('streams', '200'), 'streams'],
  ['a run over its deadline', new FfmpegError('deadline', 'stopped after 60 s', { log }), 'resources'],
  ['a stuck run', new FfmpegError('stuck', 'no progress for 60 s', { log }), 'resources'],
  ['no CPU time left', new FfmpegError('killed', 'ffmpeg died', { log, signal: 'SIGXCPU' }), 'resources'],
  ['no memory left', new FfmpegError('killed', 'ffmpeg died', { log, signal: 'SIGKILL' }), 'resources'],
  ['no address space left', new FfmpegError('no_memory', 'ffmpeg ended with code 1', { log }), 'resources'],
  ['a crash', new FfmpegError('killed', 'ffmpeg died', { log, signal: 'SIGSEGV' }), 'internal'],
  [
    'another exit',
    new FfmpegError('exited', 'ffmpeg ended with code 1', { log: 'No such filter' }),
    'internal',
  ],
  ['a run that could not start', new FfmpegError('not_started', 'no such file', { log }), 'internal'],
  ['any other error', new Error('ECONNREFUSED'), 'internal'],
  ['a thrown string', 'text', 'internal'],
] as const)('%s', (_name, error, code) => {
  const failure = failureOf(error);
  expect(failure.code).toBe(code);
  expect(failure.message).toBe(failureSentences[code]);
});

it('treats an undecodable track as a refusal, which is not retried', () => {
  const error = new FfmpegError('undecodable', 'ffmpeg ended with code 69', {
    log: 'bench: 1\nConversion failed!',
  });
  expect(asRefusal(error)).toMatchObject({ code: 'corrupt', retryable: false });
});

it('leaves other errors unchanged', () => {
  const error = new FfmpegError('exited', 'ffmpeg ended with code 1', { log });
  expect(asRefusal(error)).toBe(error);
});
