import type { TitleState } from '#core/contracts/title.js';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { formatShare } from '#web/words/format-bit-rate.js';

/** How a state looks: what it is called on a badge, and which of four colours it wears. */
export interface StateWords {
  badge: string;
  tone: 'idle' | 'busy' | 'good' | 'bad';
}

const words: Record<TitleState, StateWords> = {
  uploading: { badge: 'Uploading', tone: 'idle' },
  queued: { badge: 'Waiting', tone: 'idle' },
  analysing: { badge: 'Analysing', tone: 'busy' },
  playable: { badge: 'Playable', tone: 'busy' },
  ready: { badge: 'Ready', tone: 'good' },
  failed: { badge: 'Failed', tone: 'bad' },
  deleted: { badge: 'Deleted', tone: 'bad' },
};

export function describeTitleState(state: TitleState): StateWords {
  return words[state];
}

export interface Preparation {
  heading: string;
  sentence: string;
  /** 0 to 1 where the amount of work is known. */
  share?: number;
}

/** What a person waiting for a title should know, or undefined where there is nothing left to wait for. */
export function describePreparation(
  title: Pick<TitleSummary, 'state' | 'progress'>,
): Preparation | undefined {
  switch (title.state) {
    case 'uploading':
      return {
        heading: 'The film is being uploaded',
        sentence: 'This page goes on by itself when it is here.',
      };
    case 'queued':
      return {
        heading: 'The film is here and waits its turn',
        sentence: 'A worker takes it as soon as one is free.',
      };
    case 'analysing':
      return {
        heading: 'Millrace is looking at the film',
        sentence: 'It measures the picture and plans the renditions. Playback begins seconds from now.',
      };
    case 'playable':
      return describeEncoding(title.progress);
    default:
      return undefined;
  }
}

function describeEncoding(progress: TitleSummary['progress']): Preparation {
  const { segmentsStored, segmentsTotal } = progress;
  if (segmentsTotal === 0) return { heading: 'Encoding', sentence: 'The work begins.' };
  return {
    heading: `Encoding, ${formatShare(segmentsStored, segmentsTotal)} done`,
    sentence: `${segmentsStored} of ${segmentsTotal} segments are stored. It plays already: what you ask for is encoded first.`,
    share: Math.min(segmentsStored / segmentsTotal, 1),
  };
}

/** States whose titles still change by themselves. */
export function isUnderWay(state: TitleState): boolean {
  return state !== 'ready' && state !== 'failed' && state !== 'deleted';
}

export function isWatchable(state: TitleState): boolean {
  return state === 'playable' || state === 'ready';
}
