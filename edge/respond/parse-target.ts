import { type PublicationId, publicationIdSchema } from '#core/contracts/ids.js';
import { contentTypeOf } from '#core/contracts/publication-layout.js';

export type Target =
  | { kind: 'media'; token: string; publicationId: PublicationId; objectPath: string; query: string }
  | { kind: 'other' }
  /** 400: not an address that this edge can have. 404: well-formed, but no media file. */
  | { kind: 'refused'; status: 400 | 404; detail: string };

/** Letters, digits and `._-` between single slashes. Without escapes, an address has only one spelling. */
const PLAIN_PATH = /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/;
const MEDIA = /^\/m\/([^/]+)\/([^/]+)\/(.+)$/;
const maxTarget = 2_048;

/**
 * Parses a request target. Refuses every spelling that our playlists do not use (`..`, `//`, percent escapes,
 * backslashes, NUL, `;`) before it reaches the cache or the origin. The query is kept apart: it is never part
 * of the cache key.
 */
export function parseTarget(target: string): Target {
  if (target.length > maxTarget) return { kind: 'refused', status: 400, detail: 'The address is too long.' };
  if (!target.startsWith('/'))
    return { kind: 'refused', status: 400, detail: 'The address must begin with a slash.' };
  const at = target.indexOf('?');
  const pathname = at === -1 ? target : target.slice(0, at);
  if (pathname === '/') return { kind: 'other' };
  if (!PLAIN_PATH.test(pathname)) {
    return {
      kind: 'refused',
      status: 400,
      detail: 'The address holds characters or empty parts that are not allowed here.',
    };
  }
  const media = MEDIA.exec(pathname);
  if (!media?.[1] || !media[2] || !media[3]) return { kind: 'other' };
  const publicationId = publicationIdSchema.safeParse(media[2]);
  if (!publicationId.success || contentTypeOf(media[3]) === undefined) {
    return { kind: 'refused', status: 404, detail: 'There is no such file.' };
  }
  return {
    kind: 'media',
    token: media[1],
    publicationId: publicationId.data,
    objectPath: `${media[2]}/${media[3]}`,
    query: at === -1 ? '' : target.slice(at + 1),
  };
}
