/** A segment is not what any player could read; the message goes on "it is not whole: …". */
export class SegmentDefectError extends Error {
  readonly retryable = false;

  constructor(message: string) {
    super(message);
    this.name = 'SegmentDefectError';
  }
}
