import { useState } from 'preact/hooks';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { AnswerError, fetchTitle } from '#web/titles/fetch-titles.js';
import { usePolling } from '#web/titles/use-polling.js';
import { isUnderWay } from '#web/words/describe-title-state.js';
import type { Trouble } from '#web/words/trouble.js';

const pollMs = 1_000;
const retryMs = 3_000;

export interface FollowedTitle {
  title: TitleSummary | undefined;
  /** Why the latest poll failed; `title` is then what was last known. */
  trouble: Trouble | undefined;
}

/** Polls one title every second until it no longer changes. */
export function useTitle(titleId: string): FollowedTitle {
  const [followed, setFollowed] = useState<FollowedTitle>({ title: undefined, trouble: undefined });
  usePolling(
    async (signal) => {
      try {
        const title = await fetchTitle(titleId, signal);
        setFollowed({ title, trouble: undefined });
        return isUnderWay(title.state) ? pollMs : 'stop';
      } catch (error) {
        if (!(error instanceof AnswerError)) throw error;
        setFollowed(({ title }) => ({ title, trouble: error.trouble }));
        return error.trouble.retryable ? retryMs : 'stop';
      }
    },
    [titleId],
  );
  return followed;
}
