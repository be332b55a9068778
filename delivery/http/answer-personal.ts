import { gzipSync } from 'node:zlib';
import type { Context } from 'hono';
import { acceptsGzip } from '#core/http/accepts-gzip.js';

/** Lets players on other sites read the answers and their headers. */
export const openToAllSites = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Millrace-Decision, Retry-After, X-Request-Id',
  'timing-allow-origin': '*',
} as const;

/** Smaller answers fit into one packet without gzip. */
const minGzipBytes = 1_000;
/** Playlists repeat themselves: level 1 compresses nearly as well as the others in a fraction of the time. */
const gzipLevel = 1;

/** Answers with a text made for one client. No cache may store it. Gzips it if the client accepts that. */
export function answerPersonal(
  context: Context,
  body: string,
  contentType: string,
  headers: Record<string, string> = {},
): Response {
  const common = {
    'content-type': contentType,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    vary: 'Accept-Encoding',
    ...openToAllSites,
    ...headers,
  };
  // Not context.body: the server writes a Response made of plain parts without building a Headers object.
  if (body.length < minGzipBytes || !acceptsGzip(context.req.header('accept-encoding')))
    return new Response(body, { status: 200, headers: common });
  const packed = new Uint8Array(gzipSync(body, { level: gzipLevel }));
  return new Response(packed, { status: 200, headers: { ...common, 'content-encoding': 'gzip' } });
}
