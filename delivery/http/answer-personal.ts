import { gzipSync } from 'node:zlib';
import type { Context } from 'hono';
import { acceptsGzip } from '#core/http/accepts-gzip.js';

/** Players on other people's sites ask too, and send CMCD as headers. */
export const openToAllSites = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Millrace-Decision, Retry-After, X-Request-Id',
  'timing-allow-origin': '*',
} as const;

/** Below this gzip saves no packet. */
const minGzipBytes = 1_000;
/**
 * Playlists are long runs of the same lines: level 1 finds nearly all there is, in a fraction of the time.
 */
const gzipLevel = 1;

/**
 * An answer made for this one client: never stored by anything in between, gzip where the client takes it.
 */
export function answerPersonal(
  context: Context,
  body: string,
  contentType: string,
  headers: Record<string, string> = {},
): Response {
  const common = {
    'content-type': contentType,
    'cache-control': 'no-store',
    vary: 'Accept-Encoding',
    ...openToAllSites,
    ...headers,
  };
  // A Response of plain parts, not context.body: the server writes such a one without building Headers for
  // it.
  if (body.length < minGzipBytes || !acceptsGzip(context.req.header('accept-encoding')))
    return new Response(body, { status: 200, headers: common });
  const packed = new Uint8Array(gzipSync(body, { level: gzipLevel }));
  return new Response(packed, { status: 200, headers: { ...common, 'content-encoding': 'gzip' } });
}
