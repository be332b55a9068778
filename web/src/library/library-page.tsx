import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { drawWaves } from '#web/library/draw-waves.js';
import { useLibrary } from '#web/library/use-library.js';
import { PreparationMeter } from '#web/parts/preparation-panel.js';
import { StateBadge } from '#web/parts/state-badge.js';
import { TroublePanel } from '#web/parts/trouble-panel.js';
import { watchPath } from '#web/routes/read-route.js';
import { formatAge, formatDuration, formatTimecode } from '#web/words/format-figures.js';

export function LibraryPage(): JSX.Element {
  const { titles, trouble, showMore } = useLibrary();
  useEffect(() => {
    document.title = 'Library · Millrace';
  }, []);
  if (titles === undefined) return trouble ? <TroublePanel trouble={trouble} level={1} /> : <Waiting />;
  return (
    <section class="library" aria-labelledby="library-heading">
      <div class="library-head">
        <h1 id="library-heading">Library</h1>
        {trouble && (
          <p class="banner" role="status">
            {trouble.heading}. This page shows what was last known.
          </p>
        )}
      </div>
      {titles.length === 0 ? (
        <Empty />
      ) : (
        <ul class="cards">
          {titles.map((title) => (
            <TitleCard key={title.titleId} title={title} />
          ))}
        </ul>
      )}
      {showMore && (
        <p class="more">
          <button type="button" class="button" onClick={showMore}>
            Show older titles
          </button>
        </p>
      )}
    </section>
  );
}

function Waiting(): JSX.Element {
  return <p class="waiting">Loading the library…</p>;
}

function Empty(): JSX.Element {
  return (
    <div class="empty">
      <p class="empty-lead">No titles yet.</p>
      <p>
        Upload a video from a terminal and it appears here: <code>./millrace upload video.mp4</code>
      </p>
    </div>
  );
}

/** One title of the library. Its name is the link; the whole card is the link's target. */
function TitleCard({ title }: { title: TitleSummary }): JSX.Element {
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

/** Stands in for a poster: waves drawn from the title's id, so that people recognise the title. */
function TitleArt({ titleId }: { titleId: string }): JSX.Element {
  const { hue, waves } = drawWaves(titleId, 160, 90);
  return (
    <svg class="art" viewBox="0 0 160 90" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="160" height="90" fill={`hsl(${hue} 42% 15%)`} />
      {waves.map((path, index) => (
        <path key={path} d={path} fill={`hsl(${hue + index * 6} ${46 + index * 3}% ${20 + index * 6}%)`} />
      ))}
    </svg>
  );
}
