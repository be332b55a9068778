import type { TitleSummary } from '#core/contracts/title-resource.js';
import { formatShare } from '#web/words/format-figures.js';

/** The badge of a state: its text and the colour to show it in. */
export interface TitleStateBadge {
  badge: string;
  tone: 'idle' | 'busy' | 'good' | 'bad';
}

type ShownState = TitleSummary['state'];

const badges: Record<ShownState, TitleStateBadge> = {
  uploading: { badge: 'Uploading', tone: 'idle' },
  queued: { badge: 'Waiting', tone: 'idle' },
  analysing: { badge: 'Analysing', tone: 'busy' },
  playable: { badge: 'Playable', tone: 'busy' },
  ready: { badge: 'Ready', tone: 'good' },
  failed: { badge: 'Failed', tone: 'bad' },
  deleted: { badge: 'Deleted', tone: 'bad' },
  damaged: { badge: 'Damaged', tone: 'bad' },
};

export function describeTitleState(state: ShownState): TitleStateBadge {
  return badges[state];
}

/** Whether the state still changes without anyone doing anything. */
export function isUnderWay(state: ShownState): boolean {
  return state !== 'ready' && state !== 'failed' && state !== 'deleted' && state !== 'damaged';
}

export function isWatchable(state: ShownState): boolean {
  return state === 'playable' || state === 'ready';
}

export interface Preparation {
  heading: string;
  sentence: string;
  /** 0 to 1; undefined if the amount of work is unknown. */
  share?: number;
}

/** Describes the progress of a title to people who wait for it. Undefined if there is nothing to wait for. */
export function describePreparation(
  title: Pick<TitleSummary, 'state' | 'progress'>,
): Preparation | undefined {
  switch (title.state) {
    case 'uploading':
      return {
        heading: 'The video is being uploaded',
        sentence: 'This page updates itself when the upload ends.',
      };
    case 'queued':
      return {
        heading: 'The video is uploaded and waiting for a worker',
        sentence: 'The next free worker starts on it.',
      };
    case 'analysing':
      return {
        heading: 'The video is being analysed',
        sentence: 'Millrace measures the video and plans its renditions. It will play within seconds.',
      };
    case 'playable':
      return describeEncoding(title.progress);
    default:
      return undefined;
  }
}

function describeEncoding(progress: TitleSummary['progress']): Preparation {
  const { segmentsStored, segmentsTotal } = progress;
  if (segmentsTotal === 0) return { heading: 'Encoding', sentence: 'Encoding is about to start.' };
  const stored = `${segmentsStored} of ${segmentsTotal} segments are stored.`;
  return {
    heading: `Encoding, ${formatShare(segmentsStored, segmentsTotal)} done`,
    sentence: `${stored} You can already watch: the parts you play are encoded first.`,
    share: Math.min(segmentsStored / segmentsTotal, 1),
  };
}
