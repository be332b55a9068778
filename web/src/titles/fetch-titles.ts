import type { TitleSummary, TitleSummaryList } from '#core/contracts/title-resource.js';
import { type Trouble, troubleOfAnswer, troubleOfGarble, troubleOfSilence } from '#web/words/trouble.js';

export function fetchTitle(titleId: string, signal: AbortSignal): Promise<TitleSummary> {
  return fetchJson(`/titles/${titleId}`, signal);
}

/** Fetches one page of titles, newest first. `cursor` is the `nextCursor` of the previous page. */
export function fetchTitles(cursor: string | undefined, signal: AbortSignal): Promise<TitleSummaryList> {
  return fetchJson(cursor === undefined ? '/titles' : `/titles?cursor=${encodeURIComponent(cursor)}`, signal);
}

/** Thrown for every answer that is not the expected JSON. `trouble` explains it to people. */
export class AnswerError extends Error {
  constructor(
    readonly trouble: Trouble,
    /** 0 if no answer came. */
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(`${trouble.code ?? 'trouble'}: ${trouble.sentence}`, options);
    this.name = 'AnswerError';
  }
}

/** A slower answer counts as none, so that a page that polls notices a service that hangs. */
const maxWaitMs = 10_000;

/** Fetches JSON from delivery, the origin of this page. Throws AnswerError or the abort error of `signal`. */
async function fetchJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const { status, body } = await fetchText(path, signal);
  if (status !== 200) throw new AnswerError(troubleOfAnswer(status, body), status);
  try {
    return JSON.parse(body) as T;
  } catch (cause) {
    throw new AnswerError(troubleOfGarble(), status, { cause });
  }
}

async function fetchText(path: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), maxWaitMs);
  const onAbort = (): void => deadline.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const response = await fetch(path, {
      signal: deadline.signal,
      headers: { accept: 'application/json' },
      credentials: 'omit',
    });
    return { status: response.status, body: await response.text() };
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new AnswerError(troubleOfSilence(), 0, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Merges a new first page into the titles shown. Updates known titles, adds new ones on top, and removes
 * titles that the page should contain but does not, because they were deleted. Keeps the older titles of
 * further pages. Newest first: title ids sort by creation time.
 */
export function mergeTitles(
  shown: readonly TitleSummary[],
  firstPage: readonly TitleSummary[],
  isLastPage: boolean,
): TitleSummary[] {
  const fresh = new Set(firstPage.map((title) => title.titleId));
  const oldestFresh = firstPage.at(-1)?.titleId;
  const older = shown.filter(
    (title) =>
      !isLastPage && !fresh.has(title.titleId) && oldestFresh !== undefined && title.titleId < oldestFresh,
  );
  return [...firstPage, ...older];
}

/** Appends a further page. Shows a title once that moved between the two requests and is on both pages. */
export function appendTitles(shown: readonly TitleSummary[], page: readonly TitleSummary[]): TitleSummary[] {
  const known = new Set(shown.map((title) => title.titleId));
  return [...shown, ...page.filter((title) => !known.has(title.titleId))];
}

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
