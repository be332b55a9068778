import type { TitleSummary, TitleSummaryList } from '#core/contracts/title-resource.js';
import { fetchJson } from '#web/titles/fetch-json.js';

export function fetchTitle(titleId: string, signal: AbortSignal): Promise<TitleSummary> {
  return fetchJson(`/titles/${titleId}`, signal);
}

/** Newest first; `cursor` is the last answer's `nextCursor`. */
export function fetchTitles(cursor: string | undefined, signal: AbortSignal): Promise<TitleSummaryList> {
  return fetchJson(cursor === undefined ? '/titles' : `/titles?cursor=${encodeURIComponent(cursor)}`, signal);
}

/** The playlist's public address, for other players. */
export function playlistUrlOf(title: Pick<TitleSummary, 'titleId' | 'playlistUrl'>, pageUrl: string): string {
  return title.playlistUrl ?? new URL(`/play/${title.titleId}.m3u8`, pageUrl).href;
}

/**
 * The same playlist at this page's own origin, which is delivery too: it then plays under whatever name the
 * page was opened (`localhost`, `127.0.0.1`, a tunnel), with no cross-origin request.
 */
export function samePagePlaylistUrl(playlistUrl: string, pageUrl: string): string {
  const { pathname, search } = new URL(playlistUrl, pageUrl);
  return new URL(pathname + search, pageUrl).href;
}
