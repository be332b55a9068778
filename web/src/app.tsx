import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { LibraryPage } from '#web/library/library-page.js';
import { TroublePanel } from '#web/parts/trouble-panel.js';
import type { Route } from '#web/routes/read-route.js';

export function App({ route }: { route: Route }): JSX.Element {
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="site">
        <a class="brand" href="/">
          <Wordmark />
          Millrace
        </a>
        <nav aria-label="Pages">
          <a href="/" aria-current={route.page === 'library' ? 'page' : undefined}>
            Library
          </a>
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        <Page route={route} />
      </main>
      <footer class="attribution">
        This product includes GeoLite2 data created by MaxMind, available from{' '}
        <a href="https://www.maxmind.com">https://www.maxmind.com</a> (
        <a href="https://creativecommons.org/licenses/by-sa/4.0/">CC BY-SA 4.0</a>).
      </footer>
    </>
  );
}

function Page({ route }: { route: Route }): JSX.Element {
  switch (route.page) {
    case 'library':
      return <LibraryPage />;
    case 'watch':
      return <LazyWatchPage titleId={route.titleId} />;
    case 'unknown':
      break;
  }
  return (
    <TroublePanel
      trouble={{
        heading: 'There is no such page',
        sentence: 'Check the address for missing or mistyped characters.',
        retryable: false,
      }}
      level={1}
    />
  );
}

type WatchPageComponent = ComponentType<{ titleId: string }>;

/** Loads the watch page on demand: the player is most of the code, and the library does not need it. */
function LazyWatchPage({ titleId }: { titleId: string }): JSX.Element {
  const [page, setPage] = useState<{ WatchPage: WatchPageComponent } | 'failed' | undefined>();
  useEffect(() => {
    import('#web/watch/watch-page.js').then(
      ({ WatchPage }) => setPage({ WatchPage }),
      () => setPage('failed'),
    );
  }, []);
  if (page === 'failed')
    return (
      <TroublePanel
        trouble={{
          heading: 'The player could not be loaded',
          sentence: 'The site may just have been updated, or the connection is down.',
          retryable: true,
        }}
        level={1}
        onRetry={() => location.reload()}
      />
    );
  return page ? <page.WatchPage titleId={titleId} /> : <p class="waiting">Loading the player…</p>;
}

/** A mill wheel in a stream. Hidden from screen readers, which read the name beside it. */
function Wordmark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <circle cx="12" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="2" />
      <path
        d="M12 1v18M3 10h18M5.6 3.6l12.8 12.8M18.4 3.6 5.6 16.4"
        stroke="currentColor"
        stroke-width="1.4"
      />
      <path class="mark-water" d="M1 21c3-2.4 5-2.4 8 0s5 2.4 8 0 4-2.2 6-1.4" fill="none" stroke-width="2" />
    </svg>
  );
}
