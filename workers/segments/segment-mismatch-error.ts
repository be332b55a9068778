/** A segment differs from what the plan says: its span must not be published. */
export class SegmentMismatchError extends Error {
  readonly retryable = true;

  constructor(message: string) {
    super(message);
    this.name = 'SegmentMismatchError';
  }
}
