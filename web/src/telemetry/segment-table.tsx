import type { JSX } from 'preact';
import type { CacheOutcome } from '#web/telemetry/read-cache-status.js';
import { type SegmentRecord, type Telemetry, tallyOutcomes } from '#web/telemetry/telemetry.js';
import { formatBytes } from '#web/words/format-figures.js';

const shownSegments = 8;

const outcomeWords: Record<CacheOutcome, string> = {
  hit: 'hit',
  stale: 'stale',
  revalidated: 'revalidated',
  collapsed: 'collapsed',
  miss: 'miss',
  unknown: 'unknown',
};

/** Shows what the edge's cache did for the segments of this session. */
export function SegmentTable(props: {
  segments: readonly SegmentRecord[];
  outcomes: Telemetry['outcomes'];
}): JSX.Element {
  const { served, fetched } = tallyOutcomes(props.outcomes);
  const newestFirst = props.segments.slice(-shownSegments).reverse();
  return (
    <section class="block">
      <h2>Edge cache</h2>
      <p class="tally">
        <span class="tally-hit">
          <b>{served}</b> from cache
        </span>
        <span class="tally-miss">
          <b>{fetched}</b> fetched
        </span>
      </p>
      {served + fetched > 0 && (
        <meter
          class="tally-bar"
          aria-label="Share from cache"
          min={0}
          max={1}
          value={served / (served + fetched)}
        />
      )}
      {newestFirst.length > 0 && (
        <table class="segments">
          <caption class="unseen">The latest segments, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Segment</th>
              <th scope="col">Size</th>
              <th scope="col">Time</th>
              <th scope="col">Cache</th>
            </tr>
          </thead>
          <tbody>
            {newestFirst.map((segment) => (
              <SegmentRow key={`${segment.atMs}-${segment.renditionId}`} segment={segment} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function SegmentRow({ segment }: { segment: SegmentRecord }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        {segment.renditionId}
        <span class="segment-index"> {segment.segmentIndex ?? ''}</span>
      </th>
      <td>{formatBytes(segment.bytes)}</td>
      <td>{Math.round(segment.elapsedMs)} ms</td>
      <td>
        <span class={`outcome outcome-${segment.outcome}`}>{outcomeWords[segment.outcome]}</span>
      </td>
    </tr>
  );
}
