import { gzipSync } from 'node:zlib';

/** A whole object with its bodies and headers prepared, so that a hit builds nothing. */
export interface CachedObject {
  body: Buffer;
  /** Playlists only: they are small, requested often, and compress to a tenth. */
  gzipBody: Buffer | undefined;
  contentType: string;
  etag: string;
  cacheControl: string;
  /** Unix time in milliseconds. */
  storedAt: number;
}

const playlistType = 'application/vnd.apple.mpegurl';

export const isPlaylist = (contentType: string): boolean => contentType.startsWith(playlistType);

export function createCachedObject(facts: Omit<CachedObject, 'gzipBody'>): CachedObject {
  return { ...facts, gzipBody: isPlaylist(facts.contentType) ? gzipSync(facts.body) : undefined };
}

/** Memory that an object occupies: its bodies, and about 1 KB of objects and strings. */
export function bytesOf(object: CachedObject): number {
  return object.body.length + (object.gzipBody?.length ?? 0) + 1024;
}

/**
 * Validator of an object whose upstream sent none. The bytes of a path never change, so its length identifies
 * them.
 */
export function etagOf(bytes: number): string {
  return `"${bytes}"`;
}
