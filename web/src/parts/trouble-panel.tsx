import type { JSX } from 'preact';
import type { Trouble } from '#web/words/trouble.js';

interface TroublePanelProps {
  trouble: Trouble;
  /** Heading level: 1 where the trouble is all there is on the page. */
  level?: 1 | 2;
  /** What an engineer may want to see, folded away. */
  detail?: string | undefined;
  onRetry?: (() => void) | undefined;
}

/** Something went wrong, in words; announced at once by screen readers. */
export function TroublePanel({ trouble, level = 2, detail, onRetry }: TroublePanelProps): JSX.Element {
  const Heading = level === 1 ? 'h1' : 'h2';
  return (
    <section class="trouble" role="alert">
      <Heading>{trouble.heading}</Heading>
      <p class="trouble-sentence">{trouble.sentence}</p>
      {trouble.code !== undefined && (
        <p class="trouble-code">
          Code <code>{trouble.code}</code>
          {trouble.requestId !== undefined && (
            <>
              , request <code>{trouble.requestId}</code>
            </>
          )}
        </p>
      )}
      {detail !== undefined && (
        <details>
          <summary>What the machine saw</summary>
          <p class="machine">{detail}</p>
        </details>
      )}
      <p class="trouble-actions">
        {onRetry && trouble.retryable && (
          <button type="button" class="button" onClick={onRetry}>
            Try again
          </button>
        )}
        <a href="/">Back to the library</a>
      </p>
    </section>
  );
}
