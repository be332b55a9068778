import type { Readable } from 'node:stream';
import type { TitleId } from '#core/contracts/ids.js';

/** Stores the bytes of unfinished uploads so that committing a finished one costs the same for any size. */
export interface UploadSpool {
  /** Local folder for bodies whose checksum is verified before they are stored. */
  readonly temporaryDirectory: string;
  /** Bytes stored so far of an upload of `totalBytes`. */
  offset(titleId: TitleId, totalBytes: number): Promise<number>;
  /**
   * Appends `body` at `offsetBytes`, which must be the current offset. The caller holds the upload's lock.
   * Resolves to the new offset. If the body fails, keeps the bytes so far and rejects with the body's error.
   */
  append(titleId: TitleId, body: Readable, offsetBytes: number, totalBytes: number): Promise<number>;
  /** Makes the complete upload the title's source object. Repeatable: no effect once committed. */
  commit(titleId: TitleId, totalBytes: number): Promise<void>;
  /** Deletes what is stored of an upload. No effect for an unknown one. */
  discard(titleId: TitleId): Promise<void>;
}
