import { Readable } from 'node:stream';
import { ObjectStoreError } from '#core/storage/object-store.js';

/** A body on its way into a store: counts its bytes and fails where they are not as many as were announced. */
export class MeasuredBody {
  bytes = 0;
  /** What ended the body early. The putter's own error, so stores pass it on as it is. */
  failure: unknown;

  constructor(
    private readonly key: string,
    private readonly body: Buffer | Readable,
    private readonly contentLength: number | undefined,
  ) {
    if (Buffer.isBuffer(body) && contentLength !== undefined && body.length !== contentLength)
      throw this.mismatch(body.length);
    // A stream that breaks before its first byte is asked for would end the process; asked, it still gives its error.
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

  /** Lets go of a stream that will not be read, so that its producer ends. */
  discard(): void {
    if (this.body instanceof Readable) this.body.destroy();
  }

  private mismatch(seen: number): ObjectStoreError {
    const more = seen > (this.contentLength ?? 0);
    return new ObjectStoreError(
      'length_mismatch',
      this.key,
      `object ${this.key}: body ${more ? `holds at least ${seen}` : `ended after ${seen}`} bytes, ${this.contentLength} were announced; nothing was stored`,
    );
  }
}
