import type { Readable } from 'node:stream';
import type { MayBeOutage } from '#core/runtime/is-outage.js';

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
  /** First and last byte of `body`, inclusive, if a range was requested. */
  range: { first: number; last: number } | undefined;
}

export interface PutOptions {
  /** Stored by S3 alone. A directory, or S3 without this option, derives it from the key's extension. */
  contentType?: string;
  /** `absent`: create only. `{ etag }`: replace that version only. Default: the last writer wins. */
  condition?: 'absent' | { etag: string };
  /** Declared length of a stream body, in bytes. A body of another length is refused, nothing is stored. */
  contentLength?: number;
  signal?: AbortSignal;
}

/** A local file that ffmpeg can seek in. */
export interface LocalSource {
  path: string;
  /** Ends the use of the file. A downloaded copy may be removed afterwards. */
  release(): Promise<void>;
}

export type ObjectStoreErrorCode =
  /** The put's condition did not hold: another writer was first. The store itself is healthy. */
  | 'precondition_failed'
  | 'not_found'
  | 'range_unsatisfiable'
  | 'length_mismatch'
  | 'checksum_mismatch'
  | 'invalid_key'
  | 'no_space'
  | 'unavailable';

export class ObjectStoreError extends Error implements MayBeOutage {
  readonly retryable: boolean;
  readonly isOutage: boolean;

  constructor(
    readonly code: ObjectStoreErrorCode,
    readonly key: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ObjectStoreError';
    this.retryable = code === 'unavailable' || code === 'checksum_mismatch' || code === 'no_space';
    this.isOutage = this.retryable;
  }
}

/**
 * Objects by key, in a directory or on S3. Writes are atomic: a reader sees all of an object or none of it,
 * whichever process dies.
 *
 * A key has at most 512 characters: names of `[A-Za-z0-9._-]` separated by `/`, each of 1 to 255 characters
 * and not `.` or `..`. No key may be the folder of another key (`a` beside `a/b`), which a directory could
 * not hold.
 *
 * Methods reject with ObjectStoreError, with a body stream's own error, or with an abort signal's reason.
 * Transient faults of the backend are retried inside.
 */
export interface ObjectStore {
  /**
   * Stores a body whole and verifies its checksum; reads a stream with backpressure. If the answer to a
   * conditional put is lost, the key is read back, since a write may be done although its answer timed out: a
   * put is won or lost.
   */
  put(key: string, body: Buffer | Readable, options?: PutOptions): Promise<{ etag: string; bytes: number }>;
  /**
   * Moves a finished local file into the store, without copying if both are on one file system. `localPath`
   * is removed on success and kept if this rejects. No process may write to the file any more.
   */
  putFile(
    key: string,
    localPath: string,
    options?: Omit<PutOptions, 'contentLength'>,
  ): Promise<{ etag: string; bytes: number }>;
  /**
   * Opens an object for reading. `range` is inclusive; `last` may exceed the object. Rejects with
   * `not_found`.
   */
  get(
    key: string,
    options?: { range?: { first: number; last?: number }; signal?: AbortSignal },
  ): Promise<StoredObject>;
  /** Reads the whole object into memory. Rejects with `not_found`. */
  read(key: string, options?: { signal?: AbortSignal }): Promise<{ head: ObjectHead; bytes: Buffer }>;
  head(key: string): Promise<ObjectHead | undefined>;
  /** Lists keys in UTF-8 order after `after` (exclusive), at most `limit` (1000). Pass `next` as `after`. */
  list(
    prefix: string,
    options?: { after?: string; limit?: number },
  ): Promise<{ objects: ObjectHead[]; next: string | undefined }>;
  /** Succeeds too if there is no such object. */
  delete(key: string): Promise<void>;
  /** Opens an object as a seekable local file: the stored file, or a copy kept under `scratchDirectory`. */
  openSource(key: string, scratchDirectory: string): Promise<LocalSource>;
  /** Resolves if the store answers and can be written; else rejects with a message that says what to do. */
  check(): Promise<void>;
  /** Closes connections. */
  close(): Promise<void>;
}

/** Resolves as `reading` does, or to undefined if it rejects with `not_found`. */
export async function ifFound<Found>(reading: Promise<Found>): Promise<Found | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ObjectStoreError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** Lists every object under `prefix`, page by page. */
export async function* listAll(store: Pick<ObjectStore, 'list'>, prefix: string): AsyncGenerator<ObjectHead> {
  let after: string | undefined;
  do {
    const page = await store.list(prefix, after === undefined ? {} : { after });
    yield* page.objects;
    after = page.next;
  } while (after !== undefined);
}
