import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { PreparationPanel, PreparationStrip } from '#web/parts/preparation-panel.js';
import { StateBadge } from '#web/parts/state-badge.js';
import { TroublePanel } from '#web/parts/trouble-panel.js';
import { useTitle } from '#web/titles/use-title.js';
import { Screening } from '#web/watch/screening.js';
import { isWatchable } from '#web/words/describe-title-state.js';
import { formatAge, formatDuration, formatTimecode } from '#web/words/format-figures.js';

/** The page of one title: being prepared, playing, failed or deleted. */
export function WatchPage({ titleId }: { titleId: string }): JSX.Element {
  const { title, trouble } = useTitle(titleId);
  useEffect(() => {
    document.title = title ? `${title.name} · Millrace` : 'Millrace';
  }, [title?.name]);
  if (!title)
    return trouble ? <TroublePanel trouble={trouble} level={1} /> : <p class="waiting">Loading the title…</p>;
  return (
    <article class="watch" aria-labelledby="title-name">
      <header class="watch-head">
        <h1 id="title-name">{title.name}</h1>
        <TitleFacts title={title} />
      </header>
      {trouble && (
        <p class="banner" role="status">
          {trouble.heading}. {isWatchable(title.state) && 'Playback continues.'}
        </p>
      )}
      <Stage title={title} />
    </article>
  );
}

function Stage({ title }: { title: TitleSummary }): JSX.Element {
  if (title.state === 'failed') return <FailurePanel title={title} />;
  if (title.state === 'deleted')
    return (
      <TroublePanel
        trouble={{
          heading: 'This title has been deleted',
          sentence: 'Its source and everything encoded from it are gone.',
          retryable: false,
        }}
      />
    );
  if (!isWatchable(title.state)) return <PreparationPanel title={title} />;
  return (
    <>
      <PreparationStrip title={title} />
      <Screening title={title} />
    </>
  );
}

function FailurePanel({ title }: { title: TitleSummary }): JSX.Element {
  const { failure } = title;
  return (
    <TroublePanel
      trouble={{
        heading: 'This title could not be published',
        sentence: failure?.message ?? 'No reason was recorded.',
        ...(failure ? { code: failure.code } : {}),
        retryable: false,
      }}
      detail={failure?.detail}
    />
  );
}

/** State, duration, size and age of a title in one line. */
function TitleFacts({ title }: { title: TitleSummary }): JSX.Element {
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
