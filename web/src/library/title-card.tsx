import type { JSX } from 'preact';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { TitleArt } from '#web/library/title-art.js';
import { PreparationMeter } from '#web/parts/preparation-meter.js';
import { StateBadge } from '#web/parts/state-badge.js';
import { watchPath } from '#web/routes/read-route.js';
import { formatAge } from '#web/words/format-age.js';
import { formatDuration, formatTimecode } from '#web/words/format-bit-rate.js';

/** One title of the library. The name is the link; the whole card is its target. */
export function TitleCard({ title }: { title: TitleSummary }): JSX.Element {
  return (
    <li class="card">
      <div class="card-art">
        <TitleArt titleId={title.titleId} />
        <StateBadge state={title.state} />
        {title.durationSeconds !== undefined && (
          <span class="card-duration">
            <span aria-hidden="true">{formatTimecode(title.durationSeconds)}</span>
            <span class="unseen">{formatDuration(title.durationSeconds)}</span>
          </span>
        )}
      </div>
      <h2 class="card-name">
        <a href={watchPath(title.titleId)}>{title.name}</a>
      </h2>
      <p class="card-facts">
        {title.width !== undefined && title.height !== undefined && (
          <span>
            {title.width} × {title.height}
          </span>
        )}
        <time dateTime={title.createdAt}>{formatAge(Date.parse(title.createdAt), Date.now())}</time>
      </p>
      {title.failure && (
        <p class="card-failure">
          {title.failure.message} <code>{title.failure.code}</code>
        </p>
      )}
      <PreparationMeter title={title} />
    </li>
  );
}
