import type { CliEvent, ResultEvent } from '#cli/output/events.js';
import { formatBytes } from '#cli/output/figures.js';
import { singleLine } from '#cli/output/single-line.js';
import type { TitleState } from '#core/contracts/title.js';

const stateWords: Record<TitleState, string> = {
  uploading: 'uploading',
  queued: 'waiting for a worker',
  analysing: 'analysing the source',
  playable: 'playable, encoding the rest',
  ready: 'ready',
  failed: 'failed',
  deleted: 'deleted',
};

export function describeState(state: TitleState): string {
  return stateWords[state];
}

type Words = {
  [Kind in CliEvent['event']]: (event: Extract<CliEvent, { event: Kind }>) => string | undefined;
};

const words: Words = {
  notice: ({ message }) => message,
  service: ({ name, status, reason }) =>
    status === 'crashed' ? `${name} stopped: ${reason ?? 'no reason given'}` : undefined,
  started: describeStart,
  title: ({ name, state, page }) => `  ${singleLine(name)} (${describeState(state)})\n    ${page}`,
  sample: ({ status }) => (status === 'making' ? 'Making a sample video …' : undefined),
  upload: ({ file, bytesSent, bytesTotal }) =>
    `Uploading ${singleLine(file)}: ${formatBytes(bytesSent)} of ${formatBytes(bytesTotal)}`,
  'upload-waiting': ({ file, reason }) =>
    `Waiting to resume the upload of ${singleLine(file)}: ${singleLine(reason)}. No byte is lost; Ctrl-C stops.`,
  progress: ({ state, segmentsStored, segmentsTotal }) =>
    segmentsTotal > 0
      ? `Title ${describeState(state)}: ${segmentsStored} of ${segmentsTotal} segments`
      : `Title ${describeState(state)}`,
  check: ({ renditions, segments, bytes, must }) =>
    `Fetched through the edges and checked: ${renditions} renditions, ${segments} segments, ${formatBytes(bytes)}${must === 0 ? ', no rule violated' : `, ${must} findings`}.`,
  result: describeResult,
};

/** Describes an event for people; undefined for events that they need not see. */
export function describeEvent<Kind extends CliEvent['event']>(
  event: Extract<CliEvent, { event: Kind }>,
): string | undefined {
  return words[event.event](event);
}

function describeStart(event: Extract<CliEvent, { event: 'started' }>): string {
  const lines = [
    `Millrace runs (started in ${event.elapsedSeconds.toFixed(1)} s; data in ${event.data}).`,
    `  Library  ${event.page}`,
    `  API      ${event.api}/openapi.json`,
  ];
  if (event.apiKey !== undefined)
    lines.push(
      `  API key  ${event.apiKey}  (new; shown only once; commands on this machine find it themselves)`,
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
