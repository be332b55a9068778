import type { Readable } from 'node:stream';

export interface ObjectHead {
  key: string;
  bytes: number;
  /** Opaque version of the stored bytes; differs whenever they do. Quoted as in HTTP. */
  etag: string;
  lastModified: Date;
  contentType: string | undefined;
}

export interface StoredObject extends ObjectHead {
  body: Readable;
  /** First and last byte sent, inclusive, when a range was asked for. */
  range: { first: number; last: number } | undefined;
}

export interface PutOptions {
  /** Kept by S3. A directory keeps bytes alone and tells the type from the key's extension; so does S3 without this. */
  contentType?: string;
  /** `absent`: create-only. `{ etag }`: replace exactly that version. Otherwise the last writer wins. */
  condition?: 'absent' | { etag: string };
  /** Bytes of a stream body where known: a body of another length is refused and nothing is stored. */
  contentLength?: number;
  signal?: AbortSignal;
}

/** A local file that ffmpeg can seek in. */
export interface LocalSource {
  path: string;
  /** Lets go of the file; a downloaded copy may be removed after it. */
  release(): Promise<void>;
}

export type ObjectStoreErrorCode =
  /** A condition did not hold: somebody else was first. Not an error of the store. */
  | 'precondition_failed'
  | 'not_found'
  | 'range_unsatisfiable'
  | 'length_mismatch'
  | 'checksum_mismatch'
  | 'invalid_key'
  | 'no_space'
  | 'unavailable';

export class ObjectStoreError extends Error {
  readonly retryable: boolean;

  constructor(
    readonly code: ObjectStoreErrorCode,
    readonly key: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ObjectStoreError';
    this.retryable = code === 'unavailable' || code === 'checksum_mismatch' || code === 'no_space';
  }
}

/**
 * Objects by key, on a directory or on S3. Atomic: a reader sees all of an object or none of it, whatever dies.
 * Keys are `/`-separated names of `[A-Za-z0-9._-]` of at most 255 characters, none empty, `.` or `..`, at most 512
 * characters in all; no key may be another key's folder (`a` beside `a/b`), which a directory could not hold.
 * Every method rejects with ObjectStoreError, but passes on a body stream's own error and an abort signal's reason;
 * transient faults of the backend are retried inside.
 */
export interface ObjectStore {
  /**
   * Stores a body whole, verifying its checksum on the way; a stream is read with backpressure. A conditional put whose answer was lost is settled by
   * reading back (the store was seen to time out with the write done), so the result is always won or lost.
   */
  put(key: string, body: Buffer | Readable, options?: PutOptions): Promise<{ etag: string; bytes: number }>;
  /**
   * Stores a finished local file by moving it: `localPath` is gone afterwards, and stays where this rejects. Free of
   * copying where file and store are on one file system; nobody may write to the file any more.
   */
  putFile(
    key: string,
    localPath: string,
    options?: Omit<PutOptions, 'contentLength'>,
  ): Promise<{ etag: string; bytes: number }>;
  /** `range` is inclusive, as in HTTP; `last` past the end is cut. Rejects with `not_found`. */
  get(
    key: string,
    options?: { range?: { first: number; last?: number }; signal?: AbortSignal },
  ): Promise<StoredObject>;
  /** The whole object in memory. Rejects with `not_found`. */
  read(key: string, options?: { signal?: AbortSignal }): Promise<{ head: ObjectHead; bytes: Buffer }>;
  head(key: string): Promise<ObjectHead | undefined>;
  /** Ascending by key (UTF-8 order), after `after` (exclusive), at most `limit` (1000). `next` continues as `after`. */
  list(
    prefix: string,
    options?: { after?: string; limit?: number },
  ): Promise<{ objects: ObjectHead[]; next: string | undefined }>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /** A seekable local file with the object's bytes: the file itself, or a copy kept under `scratchDirectory`. */
  openSource(key: string, scratchDirectory: string): Promise<LocalSource>;
  /** Whether the store answers and can be written: resolves, or rejects with a message that says what to do. */
  check(): Promise<void>;
  /** Ends connections. */
  close(): Promise<void>;
}

/** Resolves as `reading` does, or to undefined where it rejects with `not_found`. */
export async function ifFound<Found>(reading: Promise<Found>): Promise<Found | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ObjectStoreError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** Walks a listing of any length. */
export async function* listAll(store: ObjectStore, prefix: string): AsyncGenerator<ObjectHead> {
  let after: string | undefined;
  do {
    const page = await store.list(prefix, after === undefined ? {} : { after });
    yield* page.objects;
    after = page.next;
  } while (after !== undefined);
}
