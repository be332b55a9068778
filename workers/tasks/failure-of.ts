import { type Failure, failureSentences, SourceRefusedError } from '#core/contracts/failure.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';

const maxDetail = 1_000;
/** SIGKILL comes from the kernel when memory is short and when the limit on CPU time is reached, as SIGXCPU does. */
const limitSignals = /died of (signal )?(9|24|SIGKILL|SIGXCPU)\b/;

/** Why a title ends whose last attempt failed with `error`: one of the closed list, `internal` only where it is our fault. */
export function failureOf(error: unknown): Failure {
  if (error instanceof SourceRefusedError) return error.toFailure();
  const detail = (error instanceof Error ? error.message : String(error)).slice(0, maxDetail);
  const code = error instanceof FfmpegError && tookTooMuch(error) ? 'resources' : 'internal';
  return { code, message: failureSentences[code], detail };
}

/** What ffmpeg says of a source that no other attempt will find better, as a refusal; any other error as it is. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof FfmpegError) || error.code !== 'undecodable') return error;
  const [said = ''] = error.log.split('\n').slice(-1);
  return new SourceRefusedError('corrupt', `most of a track cannot be decoded: ${said}`, { cause: error });
}

/** Attempt after attempt ran into a limit: the source asks for more than a title may use. */
function tookTooMuch(error: FfmpegError): boolean {
  if (error.code === 'deadline' || error.code === 'stuck') return true;
  if (error.code === 'killed') return limitSignals.test(error.message);
  return error.code === 'exited' && /Cannot allocate memory/.test(error.log);
}
