import type { JSX } from 'preact';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { StateBadge } from '#web/parts/state-badge.js';
import { formatAge } from '#web/words/format-age.js';
import { formatDuration, formatTimecode } from '#web/words/format-duration.js';

/** State, duration, size and age of a title in one line. */
export function TitleFacts({ title }: { title: TitleSummary }): JSX.Element {
  return (
    <p class="title-facts">
      <StateBadge state={title.state} />
      {title.durationSeconds !== undefined && (
        <span>
          <span aria-hidden="true">{formatTimecode(title.durationSeconds)}</span>
          <span class="unseen">{formatDuration(title.durationSeconds)}</span>
        </span>
      )}
      {title.width !== undefined && title.height !== undefined && (
        <span>
          {title.width} × {title.height}
        </span>
      )}
      <span>
        uploaded <time dateTime={title.createdAt}>{formatAge(Date.parse(title.createdAt), Date.now())}</time>
      </span>
    </p>
  );
}
