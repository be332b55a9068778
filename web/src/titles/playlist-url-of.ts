import type { TitleSummary } from '#core/contracts/title-resource.js';

/** Returns the public address of a title's playlist, for other players. */
export function playlistUrlOf(title: Pick<TitleSummary, 'titleId' | 'playlistUrl'>, pageUrl: string): string {
  return title.playlistUrl ?? new URL(`/play/${title.titleId}.m3u8`, pageUrl).href;
}

/**
 * Returns the same playlist at this page's own origin, which is delivery too. It then plays under any name
 * that the page was opened with (`localhost`, `127.0.0.1`, a tunnel), without a cross-origin request.
 */
export function samePagePlaylistUrl(playlistUrl: string, pageUrl: string): string {
  const { pathname, search } = new URL(playlistUrl, pageUrl);
  return new URL(pathname + search, pageUrl).href;
}
