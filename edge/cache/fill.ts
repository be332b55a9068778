import { WakeableWait } from '#core/runtime/wakeable-wait.js';
import type { CachedObject } from '#edge/cache/cached-object.js';

/** How to answer when upstream refused: the status, and the Retry-After to pass on. */
export interface UpstreamRefusal {
  status: number;
  retryAfter: string | undefined;
}

/**
 * `bytes` is undefined if upstream declared no length. Without an ETag too, one is made from the length
 * later.
 */
export type FillHeaders = Pick<CachedObject, 'contentType' | 'cacheControl'> &
  ({ bytes: number; etag: string } | { bytes: undefined; etag: string | undefined });

/** Why a fill ended without a whole object. */
export class FillError extends Error {
  constructor(
    readonly code: 'unreachable' | 'timeout' | 'truncated' | 'too_large' | 'refused' | 'abandoned',
    message: string,
    readonly refusal?: UpstreamRefusal,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'FillError';
  }
}

/** Initial buffer for a body of undeclared length; it doubles as needed. */
const firstBufferBytes = 256 * 1024;

/**
 * An object that is being fetched from upstream. The first request starts the fill; later ones read the same
 * buffer from byte 0 while it grows. No reader can slow it down. Before its headers are known, it is
 * abandoned when the last reader leaves, so that the origin encodes nothing for players that have left; after
 * that, no reader can cancel it.
 */
export class Fill {
  private buffer: Buffer | undefined;
  private filled = 0;
  private readonly change = new WakeableWait();
  private failure: FillError | undefined;
  private isDone = false;
  private readers = 0;
  private readonly abandonment = new AbortController();
  private described: FillHeaders | undefined;
  /** Resolves when the headers are known, rejects with FillError. */
  readonly headers: Promise<FillHeaders>;
  /** Resolves to the whole object, rejects with FillError. */
  readonly whole: Promise<CachedObject>;
  private settleWhole!: { resolve: (object: CachedObject) => void; reject: (error: FillError) => void };
  private settleHeaders!: { resolve: (headers: FillHeaders) => void; reject: (error: FillError) => void };

  /** `maxBytes` bounds a body of undeclared length. */
  constructor(private readonly maxBytes: number) {
    this.headers = new Promise((resolve, reject) => {
      this.settleHeaders = { resolve, reject };
    });
    this.whole = new Promise((resolve, reject) => {
      this.settleWhole = { resolve, reject };
    });
    // A failure that nobody waits for must not become an unhandled rejection.
    this.headers.catch(() => undefined);
    this.whole.catch(() => undefined);
  }

  /** Aborts when the last reader leaves before the headers are known. */
  get abandoned(): AbortSignal {
    return this.abandonment.signal;
  }

  /** Adds a reader. Returns a function that the reader calls once it leaves. */
  join(): () => void {
    this.readers += 1;
    let isReading = true;
    return () => {
      if (!isReading) return;
      isReading = false;
      this.readers -= 1;
      if (this.readers === 0 && !this.described && !this.failure) this.abandonment.abort();
    };
  }

  begin(headers: FillHeaders): void {
    this.described = headers;
    // "Slow" allocates outside the shared pool, whose slices would keep 8 KB alive for an object of 1 KB.
    this.buffer = Buffer.allocUnsafeSlow(headers.bytes ?? Math.min(firstBufferBytes, this.maxBytes));
    this.settleHeaders.resolve(headers);
  }

  /** Throws FillError when upstream exceeds its declared length or, without one, `maxBytes`. */
  append(chunk: Buffer): void {
    if (!this.buffer) return;
    const end = this.filled + chunk.length;
    if (end > this.buffer.length) this.buffer = this.grow(this.buffer, end);
    chunk.copy(this.buffer, this.filled);
    this.filled = end;
    this.change.wake();
  }

  /**
   * Returns the whole body. Throws FillError when it is shorter than declared: such an object is never kept.
   */
  finish(): Buffer {
    const declared = this.described?.bytes ?? this.filled;
    if (!this.buffer || this.filled !== declared) {
      throw new FillError('truncated', `upstream sent ${this.filled} of ${declared} bytes`);
    }
    if (this.buffer.length > this.filled)
      this.buffer = copyOf(this.buffer.subarray(0, this.filled), this.filled);
    this.isDone = true;
    this.change.wake();
    return this.buffer;
  }

  /** Hands the object made from `finish()`'s body to everyone who waits for `whole`. */
  resolve(object: CachedObject): void {
    this.settleWhole.resolve(object);
  }

  fail(error: FillError): void {
    this.failure = error;
    this.settleHeaders.reject(error);
    this.settleWhole.reject(error);
    this.change.wake();
  }

  /** Resolves to at least one byte from `offset` and at most those before `end`. Rejects with FillError. */
  async read(offset: number, end: number): Promise<Buffer> {
    while (this.filled <= offset && !this.failure && !this.isDone) await this.change.wait();
    if (this.filled > offset) return (this.buffer as Buffer).subarray(offset, Math.min(end, this.filled));
    throw this.failure ?? new FillError('truncated', `there are no bytes from ${offset} on`);
  }

  private grow(buffer: Buffer, neededBytes: number): Buffer {
    const declared = this.described?.bytes;
    if (declared !== undefined)
      throw new FillError('truncated', `upstream sent more than the ${declared} bytes it declared`);
    if (neededBytes > this.maxBytes)
      throw new FillError('too_large', `upstream sent more than ${this.maxBytes} bytes of undeclared length`);
    return copyOf(buffer, Math.min(Math.max(2 * buffer.length, neededBytes), this.maxBytes));
  }
}

function copyOf(buffer: Buffer, capacityBytes: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(capacityBytes);
  buffer.copy(copy);
  return copy;
}
