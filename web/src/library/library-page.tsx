import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { TitleCard } from '#web/library/title-card.js';
import { useLibrary } from '#web/library/use-library.js';
import { TroublePanel } from '#web/parts/trouble-panel.js';

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
