import { expect, it } from 'vitest';
import { failureSentences, SourceRefusedError } from '#core/contracts/failure.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import { asRefusal, failureOf } from '#workers/tasks/failure-of.js';

it.each([
  ['a refusal keeps its code', new SourceRefusedError('streams', '200'), 'streams'],
  ['a run over its deadline', new FfmpegError('deadline', 'stopped after 60 s', ''), 'resources'],
  ['a run that got stuck', new FfmpegError('stuck', 'no progress for 60 s', ''), 'resources'],
  ['no CPU time left', new FfmpegError('killed', 'ffmpeg died of signal 24', ''), 'resources'],
  ['no memory left', new FfmpegError('killed', 'ffmpeg died of SIGKILL', ''), 'resources'],
  [
    'no address space left',
    new FfmpegError('exited', 'ffmpeg ended with code 1', 'x: Cannot allocate memory'),
    'resources',
  ],
  ['a crash', new FfmpegError('killed', 'ffmpeg died of signal 11', ''), 'internal'],
  ['another exit', new FfmpegError('exited', 'ffmpeg ended with code 1', 'No such filter'), 'internal'],
  ['a run that could not start', new FfmpegError('not_started', 'no such file', ''), 'internal'],
  ['any other error', new Error('ECONNREFUSED'), 'internal'],
  ['what is no error', 'text', 'internal'],
] as const)('%s', (_name, error, code) => {
  const failure = failureOf(error);
  expect(failure.code).toBe(code);
  expect(failure.message).toBe(failureSentences[code]);
});

it('takes a run that could not decode most of a track for a refusal, not to be tried again', () => {
  const error = new FfmpegError('undecodable', 'ffmpeg ended with code 69', 'bench: 1\nConversion failed!');
  expect(asRefusal(error)).toMatchObject({ code: 'corrupt', retryable: false });
});

it('leaves other errors as they are', () => {
  const error = new FfmpegError('exited', 'ffmpeg ended with code 1', '');
  expect(asRefusal(error)).toBe(error);
});
