import type { PresentationReader, ReadAnswer } from '#core/hls/check/load/presentation-reader.js';
import type { ByteRange } from '#core/hls/read/playlist.js';

/** A publication in storage, by paths below its prefix, such as `v/h264-720/00041.m4s`. */
export interface StoredPublication {
  /** undefined where there is no such object. */
  read(path: string): Promise<Buffer | undefined>;
  /** From a listing; undefined where there is no such object. */
  sizeOf(path: string): number | undefined;
}

/**
 * Storage has no addresses: this scheme stands for them, so that relative URIs resolve as they do for
 * players.
 */
const root = 'publication:///';

export const storedUri = (path: string): string => root + path;

export class StoredReader implements PresentationReader {
  constructor(private readonly stored: StoredPublication) {}

  sizeOf(uri: string): number | undefined {
    const path = pathOf(uri);
    return path === undefined ? undefined : this.stored.sizeOf(path);
  }

  async read(uri: string, want: { range?: ByteRange | undefined; limitBytes: number }): Promise<ReadAnswer> {
    const path = pathOf(uri);
    const nothing = { bytes: Buffer.alloc(0), error: undefined, transport: undefined };
    const bytes = path === undefined ? undefined : await this.stored.read(path);
    if (!bytes) return { ...nothing, status: 404 };
    const { range } = want;
    if (!range) return { ...nothing, status: 200, bytes };
    const part = bytes.subarray(range.offsetBytes, range.offsetBytes + range.lengthBytes);
    const error =
      part.length === range.lengthBytes
        ? undefined
        : `${bytes.length} bytes are stored, the range ends after them`;
    return { ...nothing, status: 206, bytes: part, error };
  }
}

/** Stored paths hold nothing that a URI escapes, so there is nothing to unescape. */
function pathOf(uri: string): string | undefined {
  return uri.startsWith(root) ? uri.slice(root.length) : undefined;
}
