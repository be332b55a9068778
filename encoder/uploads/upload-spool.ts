import type { Readable } from 'node:stream';
import type { TitleId } from '#core/contracts/ids.js';

/** Where the bytes of unfinished uploads are kept, so that placing a finished one costs the same for any length. */
export interface UploadSpool {
  /** A local folder for bodies that are checked before they count. */
  readonly temporaryDirectory: string;
  /** Bytes kept so far of an upload of `totalBytes`. */
  offset(titleId: TitleId, totalBytes: number): Promise<number>;
  /**
   * Adds `body` at `offsetBytes`, which must be the current offset; the caller holds the upload's lock. Resolves to the new
   * offset. Where the body breaks off, what came before it stays and this rejects with the body's error.
   */
  append(titleId: TitleId, body: Readable, offsetBytes: number, totalBytes: number): Promise<number>;
  /** Makes the complete upload the title's source object. Again where that was done: no effect. */
  commit(titleId: TitleId, totalBytes: number): Promise<void>;
  /** Forgets an upload. One that is unknown is no error. */
  discard(titleId: TitleId): Promise<void>;
}
