import { type Failure, type FailureCode, failureFor, SourceRefusedError } from '#core/contracts/failure.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';

/**
 * Converts the error that ends a title to a failure of the closed list: `internal` only if the fault is ours.
 * The error is no outage: those end no title.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof SourceRefusedError) return error.toFailure();
  const code = error instanceof FfmpegError && exceededLimits(error) ? 'resources' : 'internal';
  return failureFor(code, error instanceof Error ? error.message : String(error));
}

/** Converts an undecodable track to a refusal of the source, and returns any other error unchanged. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof FfmpegError) || error.code !== 'undecodable') return error;
  const [lastLine = ''] = error.log.split('\n').slice(-1);
  return new SourceRefusedError('corrupt', `most of a track cannot be decoded: ${lastLine}`, {
    cause: error,
  });
}

const damageCodes: ReadonlySet<FailureCode> = new Set([
  'corrupt',
  'truncated',
  'codec',
  'no_video',
  'duration',
]);

/** Whether a disk that cannot read the source would have the same effect as its fault. */
export function mayBeReadError(error: unknown): boolean {
  if (error instanceof SourceRefusedError) return damageCodes.has(error.code);
  return error instanceof FfmpegError && error.code === 'exited';
}

/** Whether the source needs more than a title may use. */
function exceededLimits({ code, signal }: FfmpegError): boolean {
  if (code === 'deadline' || code === 'stuck' || code === 'no_memory') return true;
  // The kernel sends SIGKILL when memory is short or the CPU limit is reached, and SIGXCPU for the CPU limit
  // alone.
  return code === 'killed' && (signal === 'SIGKILL' || signal === 'SIGXCPU');
}
