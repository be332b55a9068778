import type { TitleSummary, TitleSummaryList } from '#core/contracts/title-resource.js';
import { fetchJson } from '#web/titles/fetch-json.js';

export function fetchTitle(titleId: string, signal: AbortSignal): Promise<TitleSummary> {
  return fetchJson(`/titles/${titleId}`, signal);
}

/** Newest first; `cursor` is the last answer's `nextCursor`. */
export function fetchTitles(cursor: string | undefined, signal: AbortSignal): Promise<TitleSummaryList> {
  return fetchJson(cursor === undefined ? '/titles' : `/titles?cursor=${encodeURIComponent(cursor)}`, signal);
}

/** Where a title's playlist is: as delivery says, else at its well-known address beside this page. */
export function playlistUrlOf(title: Pick<TitleSummary, 'titleId' | 'playlistUrl'>): string {
  return title.playlistUrl ?? `/play/${title.titleId}.m3u8`;
}
