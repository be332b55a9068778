/** Past this the header would outgrow what proxies take: any edge is then allowed by its scheme. */
const maxOrigins = 60;

/**
 * The pages' policy: nothing but our own files, media from the edges, hls.js's worker (made from a blob) and
 * the object URLs it plays through. Styles may be inline because media-chrome's shadow trees carry theirs so.
 */
export function contentSecurityPolicy(edgeUrls: readonly string[]): string {
  const origins = [...new Set(edgeUrls.flatMap(originOf))];
  const edges = origins.length > maxOrigins ? 'http: https:' : origins.join(' ');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    `img-src 'self' data: blob: ${edges}`,
    "font-src 'self'",
    `media-src 'self' blob: ${edges}`,
    `connect-src 'self' ${edges}`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ]
    .map((directive) => directive.trimEnd())
    .join('; ');
}

/** `URL.origin` is scheme, host and port alone: no address can smuggle a directive in. */
function originOf(url: string): string[] {
  return URL.canParse(url) ? [new URL(url).origin].filter((origin) => origin !== 'null') : [];
}
