import type {
  PresentationReader,
  ReadAnswer,
  ReadRequest,
} from '#core/hls/check/load/presentation-reader.js';

/** A publication in storage, by paths below its prefix, such as `v/h264-720/00041.m4s`. */
export interface StoredPublication {
  /** undefined if there is no such object. */
  read(path: string): Promise<Buffer | undefined>;
  /** Size from a listing; undefined if there is no such object. */
  sizeOf(path: string): number | undefined;
}

/** Stored objects have no address; with this scheme relative URIs resolve as they do for players. */
const root = 'publication:///';

export const storedUri = (path: string): string => root + path;

export class StoredReader implements PresentationReader {
  constructor(private readonly stored: StoredPublication) {}

  sizeOf(uri: string): number | undefined {
    const path = pathOf(uri);
    return path === undefined ? undefined : this.stored.sizeOf(path);
  }

  async read(uri: string, { range }: ReadRequest): Promise<ReadAnswer> {
    const path = pathOf(uri);
    const nothing = { bytes: Buffer.alloc(0), error: undefined, transport: undefined };
    const bytes = path === undefined ? undefined : await this.stored.read(path);
    if (!bytes) return { ...nothing, status: 404 };
    if (!range) return { ...nothing, status: 200, bytes };
    const part = bytes.subarray(range.offsetBytes, range.offsetBytes + range.lengthBytes);
    const error =
      part.length === range.lengthBytes
        ? undefined
        : `the range extends past the ${bytes.length} bytes that are stored`;
    return { ...nothing, status: 206, bytes: part, error };
  }
}

/** Stored paths have no characters that URIs escape, so nothing is unescaped. */
function pathOf(uri: string): string | undefined {
  return uri.startsWith(root) ? uri.slice(root.length) : undefined;
}
