import type { TitleSummary, TitleSummaryList } from '#core/contracts/title-resource.js';
import { fetchJson } from '#web/titles/fetch-json.js';

export function fetchTitle(titleId: string, signal: AbortSignal): Promise<TitleSummary> {
  return fetchJson(`/titles/${titleId}`, signal);
}

/** Fetches one page of titles, newest first. `cursor` is the `nextCursor` of the previous page. */
export function fetchTitles(cursor: string | undefined, signal: AbortSignal): Promise<TitleSummaryList> {
  return fetchJson(cursor === undefined ? '/titles' : `/titles?cursor=${encodeURIComponent(cursor)}`, signal);
}
