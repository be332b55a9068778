/**
 * The model cannot be written as a valid playlist: a programming error, or a plan that should have been
 * refused.
 */
export class PlaylistWriteError extends Error {
  readonly retryable = false;

  constructor(message: string) {
    super(message);
    this.name = 'PlaylistWriteError';
  }
}
