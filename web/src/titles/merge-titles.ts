import type { TitleSummary } from '#core/contracts/title-resource.js';

/**
 * Puts a fresh first page over what is shown: known titles get their new facts, new ones appear on top, and
 * titles that the page should hold but does not (deleted since) go. Older titles, from further pages, stay.
 * Newest first: title ids sort by creation time.
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

/** Adds a further page below; a title that moved between the two requests is shown once. */
export function appendTitles(shown: readonly TitleSummary[], page: readonly TitleSummary[]): TitleSummary[] {
  const known = new Set(shown.map((title) => title.titleId));
  return [...shown, ...page.filter((title) => !known.has(title.titleId))];
}
