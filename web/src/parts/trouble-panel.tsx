import type { JSX } from 'preact';
import type { Trouble } from '#web/words/trouble.js';

interface TroublePanelProps {
  trouble: Trouble;
  /** Heading level: 1 if the page shows nothing else. */
  level?: 1 | 2;
  /** Details for engineers, collapsed at first. */
  detail?: string | undefined;
  onRetry?: (() => void) | undefined;
}

/** Explains what went wrong. Screen readers announce it at once. */
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
          <summary>Technical details</summary>
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
