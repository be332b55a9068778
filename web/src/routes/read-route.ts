export type Route = { page: 'library' } | { page: 'watch'; titleId: string } | { page: 'unknown' };

/** Returns the page that a path names. The server sends the same index.html for all pages. */
export function readRoute(pathname: string): Route {
  if (pathname === '/' || pathname === '/index.html') return { page: 'library' };
  const match = /^\/watch\/([0-9a-f-]{36})\/?$/.exec(pathname);
  return match?.[1] === undefined ? { page: 'unknown' } : { page: 'watch', titleId: match[1] };
}

export function watchPath(titleId: string): string {
  return `/watch/${titleId}`;
}
