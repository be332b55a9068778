import type { TitleSummary } from '#core/contracts/title-resource.js';

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
