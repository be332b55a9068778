import { lstat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { ObjectStoreError } from '#core/storage/object-store.js';

/**
 * Counts the bytes of a body as a store reads it, and fails if their number differs from the declared length.
 */
export class MeasuredBody {
  bytes = 0;
  /**
   * The error that ended the body early. It belongs to the caller of `put`, so stores pass it on unchanged.
   */
  failure: unknown;

  constructor(
    private readonly key: string,
    private readonly body: Buffer | Readable,
    private readonly contentLength: number | undefined,
  ) {
    if (Buffer.isBuffer(body) && contentLength !== undefined && body.length !== contentLength)
      throw this.mismatch(body.length);
    // A stream may fail before it is read: without a listener that would end the process. A later read still
    // rejects.
    if (body instanceof Readable) body.on('error', () => undefined);
  }

  async *chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of Buffer.isBuffer(this.body) ? [this.body] : this.body) {
        const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as Uint8Array);
        this.bytes += buffer.length;
        if (this.contentLength !== undefined && this.bytes > this.contentLength)
          throw this.mismatch(this.bytes);
        yield buffer;
      }
      if (this.contentLength !== undefined && this.bytes < this.contentLength)
        throw this.mismatch(this.bytes);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  /** Destroys a stream that will not be read, so that its producer ends. */
  discard(): void {
    if (this.body instanceof Readable) this.body.destroy();
  }

  private mismatch(seen: number): ObjectStoreError {
    const more = seen > (this.contentLength ?? 0);
    return new ObjectStoreError(
      'length_mismatch',
      this.key,
      `object ${this.key}: the body ${more ? `has at least ${seen}` : `ended after ${seen}`} bytes, ` +
        `${this.contentLength} were declared; nothing was stored`,
    );
  }
}

/** Size in bytes of a file to be moved into a store. Refuses links and folders, which cannot be objects. */
export async function localFileBytes(key: string, localPath: string): Promise<number> {
  const stats = await lstat(localPath).catch((error: unknown) => {
    throw new ObjectStoreError('not_found', key, `file ${localPath}, to be stored as ${key}: not found`, {
      cause: error,
    });
  });
  if (stats.isFile()) return stats.size;
  throw new ObjectStoreError(
    'not_found',
    key,
    `file ${localPath}, to be stored as ${key}: not a regular file`,
  );
}
