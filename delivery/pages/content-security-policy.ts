/** With more origins the header is too long for some proxies; the policy then allows schemes instead. */
const maxOrigins = 60;

/**
 * Writes the policy of the pages. It allows Millrace's own files, requests to the edges, and `blob:` for
 * Media Source Extensions and workers. Inline styles are allowed because media-chrome uses them in its shadow
 * trees.
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

/** `URL.origin` is only scheme, host and port, so an address cannot inject a directive. */
function originOf(url: string): string[] {
  return URL.canParse(url) ? [new URL(url).origin].filter((origin) => origin !== 'null') : [];
}
