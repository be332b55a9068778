import { gzipSync } from 'node:zlib';

/** A whole stored object as it is served: body and headers ready, so that a hit builds nothing. */
export interface CachedObject {
  body: Buffer;
  /** Playlists alone: small, asked for often, and a tenth of their size. */
  gzipBody: Buffer | undefined;
  contentType: string;
  etag: string;
  cacheControl: string;
  /** Unix time, milliseconds. */
  storedAt: number;
}

const playlistType = 'application/vnd.apple.mpegurl';

export const isPlaylist = (contentType: string): boolean => contentType.startsWith(playlistType);

export function createCachedObject(facts: Omit<CachedObject, 'gzipBody'>): CachedObject {
  return { ...facts, gzipBody: isPlaylist(facts.contentType) ? gzipSync(facts.body) : undefined };
}

/** Memory that keeping the object costs: its bodies, and the objects and strings around them. */
export function bytesOf(object: CachedObject): number {
  return object.body.length + (object.gzipBody?.length ?? 0) + 1024;
}
