import { useRef, useState } from 'preact/hooks';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { AnswerError, appendTitles, fetchTitles, mergeTitles } from '#web/titles/fetch-titles.js';
import { usePolling } from '#web/titles/use-polling.js';
import { isUnderWay } from '#web/words/describe-title-state.js';
import type { Trouble } from '#web/words/trouble.js';

const busyMs = 2_000;
const quietMs = 10_000;

export interface Library {
  /** Undefined until the first answer. */
  titles: readonly TitleSummary[] | undefined;
  trouble: Trouble | undefined;
  /** Fetches older titles; undefined if there are none. */
  showMore: (() => void) | undefined;
}

export function useLibrary(): Library {
  const [titles, setTitles] = useState<readonly TitleSummary[] | undefined>();
  const [trouble, setTrouble] = useState<Trouble | undefined>();
  const [cursor, setCursor] = useState<string | undefined>();
  // Once further pages are shown, the cursor of the first page is no longer the end of the list.
  const wentFurther = useRef(false);

  usePolling(async (signal) => {
    try {
      const page = await fetchTitles(undefined, signal);
      setTrouble(undefined);
      setTitles((shown) => mergeTitles(shown ?? [], page.titles, page.nextCursor === undefined));
      if (!wentFurther.current) setCursor(page.nextCursor);
      return page.titles.some((title) => isUnderWay(title.state)) ? busyMs : quietMs;
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      setTrouble(error.trouble);
      return busyMs;
    }
  }, []);

  const showMore = async (from: string): Promise<void> => {
    try {
      const page = await fetchTitles(from, new AbortController().signal);
      wentFurther.current = true;
      setTitles((shown) => appendTitles(shown ?? [], page.titles));
      setCursor(page.nextCursor);
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      setTrouble(error.trouble);
    }
  };

  return { titles, trouble, showMore: cursor === undefined ? undefined : () => void showMore(cursor) };
}
