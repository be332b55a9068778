import { multivariantFile } from '#core/contracts/publication-layout.js';
import { type CheckReport, checkPublication } from '#core/hls/check/check-publication.js';
import { loadPresentation } from '#core/hls/check/load/load-presentation.js';
import type { PresentationReader, ReadAnswer, ReadRequest } from '#core/hls/check/load/resource-reader.js';

export interface CheckStoredOptions {
  /** Playlists by path that are not stored yet, because the multivariant playlist is stored last. */
  unstored?: ReadonlyMap<string, string>;
  /**
   * Default: 5, because the tasks that stored the segments inspected every one. The sizes of all segments are
   * known.
   */
  maxSegmentsPerRendition?: number;
}

/** Checks a publication in storage, before anything points at it. */
export async function checkStoredPublication(
  stored: StoredPublication,
  options: CheckStoredOptions = {},
): Promise<CheckReport> {
  const unstored = new Map(
    [...(options.unstored ?? [])].map(([path, text]) => [path, Buffer.from(text, 'utf8')]),
  );
  const reader = new StoredReader({
    read: async (path) => unstored.get(path) ?? stored.read(path),
    sizeOf: (path) => unstored.get(path)?.length ?? stored.sizeOf(path),
  });
  return checkPublication(
    await loadPresentation(reader, storedUri(multivariantFile), {
      maxSegmentsPerRendition: options.maxSegmentsPerRendition ?? 5,
    }),
  );
}

/** A publication in storage, by paths below its prefix, such as `v/h264-720/00041.m4s`. */
export interface StoredPublication {
  /** undefined if there is no such object. */
  read(path: string): Promise<Buffer | undefined>;
  /** Size from a listing; undefined if there is no such object. */
  sizeOf(path: string): number | undefined;
}

/** Stored objects have no address; with this scheme relative URIs resolve as they do for players. */
const root = 'publication:///';

const storedUri = (path: string): string => root + path;

class StoredReader implements PresentationReader {
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
