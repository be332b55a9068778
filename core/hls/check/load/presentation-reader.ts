import type { Transport } from '#core/hls/check/presentation/loaded-presentation.js';
import type { ByteRange } from '#core/hls/read/playlist.js';

export interface ReadAnswer {
  /** HTTP status; undefined without a response. */
  status: number | undefined;
  /** Empty unless the status is 200 or 206. */
  bytes: Buffer;
  /** Why there is no response, or why the bytes are incomplete. */
  error: string | undefined;
  transport: Transport | undefined;
}

export interface ReadRequest {
  range?: ByteRange | undefined;
  limitBytes: number;
}

/** Where a presentation is read from: HTTP or storage. Methods throw only if the whole check is cancelled. */
export interface PresentationReader {
  read(uri: string, request: ReadRequest): Promise<ReadAnswer>;
  /** Size of a resource, if it is known without a request. */
  sizeOf(uri: string): number | undefined;
}
