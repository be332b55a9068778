import { type PublicationId, publicationIdSchema } from '#core/contracts/ids.js';
import { contentTypeOf } from '#core/contracts/publication-layout.js';

export type Target =
  | { kind: 'media'; token: string; publicationId: PublicationId; objectPath: string; query: string }
  | { kind: 'other' }
  /** `status` 400: no address that anything of ours has. 404: well-formed, and not there. */
  | { kind: 'refused'; status: 400 | 404; detail: string };

/** Letters, digits and `._-` between single slashes: what every address of ours is made of. No escapes, so no aliases. */
const PLAIN_PATH = /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/;
const MEDIA = /^\/m\/([^/]+)\/([^/]+)\/(.+)$/;
const maxTarget = 2_048;

/**
 * Reads a request target. Whatever is not spelled exactly as our own playlists spell it is refused before it comes near
 * the cache or the origin: `..`, `//`, percent escapes, backslashes, NUL, `;`. The query is kept apart: it never
 * is part of the cache key.
 */
export function parseTarget(target: string): Target {
  if (target.length > maxTarget) return { kind: 'refused', status: 400, detail: 'the address is too long' };
  if (!target.startsWith('/'))
    return { kind: 'refused', status: 400, detail: 'the address must begin with /' };
  const at = target.indexOf('?');
  const pathname = at === -1 ? target : target.slice(0, at);
  if (pathname === '/') return { kind: 'other' };
  if (!PLAIN_PATH.test(pathname)) {
    return {
      kind: 'refused',
      status: 400,
      detail: 'the address holds characters or empty parts that none of ours has',
    };
  }
  const media = MEDIA.exec(pathname);
  if (!media?.[1] || !media[2] || !media[3]) return { kind: 'other' };
  const publicationId = publicationIdSchema.safeParse(media[2]);
  if (!publicationId.success || contentTypeOf(media[3]) === undefined) {
    return { kind: 'refused', status: 404, detail: 'there is no such file' };
  }
  return {
    kind: 'media',
    token: media[1],
    publicationId: publicationId.data,
    objectPath: `${media[2]}/${media[3]}`,
    query: at === -1 ? '' : target.slice(at + 1),
  };
}
