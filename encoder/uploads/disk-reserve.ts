import { mkdir, statfs } from 'node:fs/promises';
import { ProblemError } from '#core/runtime/problem.js';

/** When a client asks again. Space is freed by people, or as encodes end. */
const retrySeconds = '60';

/**
 * Space on the disk of unfinished uploads that uploads leave free, so that records, queues, logs and encodes
 * that are under way can still be written.
 */
export class DiskReserve {
  constructor(
    private readonly directory: string,
    private readonly reserveBytes: number,
  ) {}

  /** Rejects with a 503 problem unless the reserve stays free after `bytes` more. */
  async require(bytes: number): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const { bavail, bsize } = await statfs(this.directory);
    const usableBytes = Math.max(0, bavail * bsize - this.reserveBytes);
    if (bytes <= usableBytes && bavail * bsize >= this.reserveBytes) return;
    throw storageFull(
      `${bytes} more bytes do not fit: ${usableBytes} are free beside the reserve of ${this.reserveBytes}. ` +
        'Free some space in the storage; the upload can be resumed then.',
    );
  }
}

export function storageFull(detail: string, cause?: unknown): ProblemError {
  // Nobody reads the body that follows.
  const headers = { 'retry-after': retrySeconds, connection: 'close' };
  return new ProblemError(503, 'no-space', detail, { headers, cause });
}
