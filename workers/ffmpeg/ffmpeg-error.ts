export type FfmpegErrorCode =
  /** ffmpeg ended with a code other than 0 by itself. */
  | 'exited'
  /** Ended by itself because it could not decode two thirds of what it read. */
  | 'undecodable'
  /** Killed by a signal that we did not send: out of memory, a crash, a limit. */
  | 'killed'
  /** Took longer than its deadline. */
  | 'deadline'
  /** Neither got on nor worked for too long. */
  | 'stuck'
  /** The task was cancelled. */
  | 'aborted'
  /** Could not be started. */
  | 'not_started';

/** How a run of ffmpeg or ffprobe failed. `log` holds the last lines it wrote, with no path of ours in it. */
export class FfmpegError extends Error {
  /** Whether another try may do better: a crash might, bad input never does. */
  readonly retryable: boolean;

  constructor(
    readonly code: FfmpegErrorCode,
    message: string,
    readonly log: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'FfmpegError';
    this.retryable = code !== 'exited' && code !== 'undecodable';
  }
}
