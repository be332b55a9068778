import { WakeableWait } from '#core/runtime/wakeable-wait.js';
import type { CachedObject } from '#edge/cache/cached-object.js';

/** Upstream's answer was no object: its status, and what players should be told. */
export interface UpstreamRefusal {
  status: number;
  retryAfter: string | undefined;
}

export type FillHeaders = Pick<CachedObject, 'contentType' | 'etag' | 'cacheControl'> & { bytes: number };

/** Why a fill did not end with a whole object. */
export class FillError extends Error {
  constructor(
    readonly code: 'unreachable' | 'timeout' | 'truncated' | 'refused',
    message: string,
    readonly refusal?: UpstreamRefusal,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'FillError';
  }
}

/**
 * One object on its way from upstream. The first request starts it; everybody who asks meanwhile reads the same buffer
 * from byte 0 as it grows. No reader can slow it down or cancel it.
 */
export class Fill {
  private buffer: Buffer | undefined;
  private filled = 0;
  private readonly change = new WakeableWait();
  private failure: FillError | undefined;
  private isDone = false;
  private described: FillHeaders | undefined;
  /** Resolves when the headers are known, rejects with FillError. */
  readonly headers: Promise<FillHeaders>;
  /** Resolves to the object that was kept, rejects with FillError. */
  readonly whole: Promise<CachedObject>;
  private settleWhole!: { resolve: (object: CachedObject) => void; reject: (error: FillError) => void };
  private settleHeaders!: { resolve: (headers: FillHeaders) => void; reject: (error: FillError) => void };

  constructor() {
    this.headers = new Promise((resolve, reject) => {
      this.settleHeaders = { resolve, reject };
    });
    this.whole = new Promise((resolve, reject) => {
      this.settleWhole = { resolve, reject };
    });
    // Nobody may be waiting when it fails; that is no unhandled rejection.
    this.headers.catch(() => undefined);
    this.whole.catch(() => undefined);
  }

  begin(headers: FillHeaders): void {
    this.described = headers;
    // Slow: never from the shared pool, whose slices would keep 8 KB alive for an object of 1.
    this.buffer = Buffer.allocUnsafeSlow(headers.bytes);
    this.settleHeaders.resolve(headers);
  }

  /** Throws FillError when upstream sends more than it promised. */
  append(chunk: Buffer): void {
    if (!this.buffer) return;
    if (this.filled + chunk.length > this.buffer.length) {
      throw new FillError('truncated', `upstream sent more than the ${this.buffer.length} bytes it promised`);
    }
    chunk.copy(this.buffer, this.filled);
    this.filled += chunk.length;
    this.change.wake();
  }

  /** The whole body. Throws FillError when it is short: such an object is never kept. */
  finish(): Buffer {
    if (!this.buffer || this.filled !== this.buffer.length) {
      throw new FillError('truncated', `upstream sent ${this.filled} of ${this.described?.bytes ?? 0} bytes`);
    }
    this.isDone = true;
    this.change.wake();
    return this.buffer;
  }

  /** The object made of `finish()`'s body. */
  kept(object: CachedObject): void {
    this.settleWhole.resolve(object);
  }

  fail(error: FillError): void {
    this.failure = error;
    this.settleHeaders.reject(error);
    this.settleWhole.reject(error);
    this.change.wake();
  }

  /** Bytes from `offset` that are there, waiting for some where there are none. Rejects with FillError. */
  async read(offset: number, end: number): Promise<Buffer> {
    while (this.filled <= offset && !this.failure && !this.isDone) {
      await this.change.wait();
    }
    if (this.filled > offset) return (this.buffer as Buffer).subarray(offset, Math.min(end, this.filled));
    throw this.failure ?? new FillError('truncated', `there are no bytes from ${offset} on`);
  }
}
