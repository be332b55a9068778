import { type PublicationId, publicationIdSchema } from '#core/contracts/ids.js';
import { contentTypeOf } from '#core/contracts/publication-layout.js';
import { isKeyElement } from '#core/storage/object-key.js';

export interface MediaPath {
  publicationId: PublicationId;
  /** Inside the publication: `v/h264-720/00041.m4s`. */
  path: string;
  contentType: string;
}

const MEDIA = /^\/media\/([^/]+)\/(.+)$/;
/**
 * No media path needs an escape, so an escape is an attack or a mistake. Escapes are refused without
 * decoding, which leaves nothing for double encodings to hide in.
 */
// oxlint-disable-next-line no-control-regex -- control characters are among what it refuses
const UNCLEAN = /[%\\;\u0000-\u0020\u007f-\uffff]|\/\//;

/** Parses a request target. `malformed` calls for a 400, undefined for a 404. */
export function parseMediaPath(target: string): MediaPath | 'malformed' | undefined {
  const [pathname = ''] = target.split('?', 1);
  if (!pathname.startsWith('/') || UNCLEAN.test(pathname)) return 'malformed';
  const [, publication, path] = MEDIA.exec(pathname) ?? [];
  const publicationId = publicationIdSchema.safeParse(publication).data;
  if (publicationId === undefined || path === undefined) return undefined;
  if (path.length > 200 || !path.split('/').every(isKeyElement)) return undefined;
  const contentType = contentTypeOf(path);
  return contentType === undefined ? undefined : { publicationId, path, contentType };
}
