import { IsobmffError } from '#core/isobmff/read-boxes.js';

/** No player could read this segment. The message continues "segment 4 is incomplete or invalid: …". */
export class SegmentDefectError extends Error {
  readonly retryable = false;

  constructor(message: string) {
    super(message);
    this.name = 'SegmentDefectError';
  }
}

/**
 * Runs `work` on a resource; records a defect that it throws, because a defect is a finding, not a failure of
 * the check.
 */
export async function recordDefect(
  record: { error: string | undefined },
  work: () => unknown,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof IsobmffError || error instanceof SegmentDefectError)) throw error;
    record.error = error.message;
  }
}
