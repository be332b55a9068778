import type { CliEvent, ResultEvent } from '#cli/output/events.js';
import { formatBytes } from '#cli/output/figures.js';
import { singleLine } from '#cli/output/single-line.js';
import type { TitleState } from '#core/contracts/title.js';

const stateWords: Record<TitleState, string> = {
  uploading: 'uploading',
  queued: 'waiting for a worker',
  analysing: 'reading the film',
  playable: 'playable, encoding the rest',
  ready: 'ready',
  failed: 'failed',
  deleted: 'deleted',
};

export function describeState(state: TitleState): string {
  return stateWords[state];
}

/** An event in words; undefined where people need not know. */
export function describeEvent(event: CliEvent): string | undefined {
  switch (event.event) {
    case 'notice':
      return event.message;
    case 'service':
      return event.status === 'crashed'
        ? `${event.name} stopped: ${event.reason ?? 'no reason given'}`
        : undefined;
    case 'started':
      return describeStart(event);
    case 'title':
      return `  ${singleLine(event.name)} (${describeState(event.state)})\n    ${event.page}`;
    case 'sample':
      return event.status === 'making' ? 'Making a sample film …' : undefined;
    case 'upload':
      return `Uploading ${singleLine(event.file)}: ${formatBytes(event.bytesSent)} of ${formatBytes(event.bytesTotal)}`;
    case 'progress':
      return event.segmentsTotal > 0
        ? `Title ${describeState(event.state)}: ${event.segmentsStored} of ${event.segmentsTotal} segments`
        : `Title ${describeState(event.state)}`;
    case 'check':
      return `Fetched through ${event.edges.join(', ')} and checked: ${event.playlists} playlists, ${event.segments} segments, ${formatBytes(event.bytes)}.`;
    case 'result':
      return describeResult(event);
  }
}

function describeStart(event: Extract<CliEvent, { event: 'started' }>): string {
  const lines = [
    `Millrace runs (started in ${event.elapsedSeconds.toFixed(1)} s; data in ${event.data}).`,
    `  Library  ${event.page}`,
    `  API      ${event.api}/openapi.json`,
  ];
  if (event.apiKey !== undefined)
    lines.push(
      `  API key  ${event.apiKey}  (made now, shown once; the commands beside this instance know it)`,
    );
  return lines.join('\n');
}

function describeResult(result: ResultEvent): string {
  if (result.status === 'failed') {
    const which = result.titleId === null ? '' : ` (title ${result.titleId})`;
    return `Failed${which}: ${result.reason ?? 'no reason given'}`;
  }
  return [
    `Ready after ${result.elapsedSeconds.toFixed(1)} s (${result.cpuSeconds.toFixed(1)} s of CPU time).`,
    `  Watch     ${result.page ?? ''}`,
    `  Playlist  ${result.url ?? ''}`,
  ].join('\n');
}
