import type { TitleState } from '#core/contracts/title.js';

/** The badge of a state: its text and the colour to show it in. */
export interface TitleStateBadge {
  badge: string;
  tone: 'idle' | 'busy' | 'good' | 'bad';
}

const badges: Record<TitleState, TitleStateBadge> = {
  uploading: { badge: 'Uploading', tone: 'idle' },
  queued: { badge: 'Waiting', tone: 'idle' },
  analysing: { badge: 'Analysing', tone: 'busy' },
  playable: { badge: 'Playable', tone: 'busy' },
  ready: { badge: 'Ready', tone: 'good' },
  failed: { badge: 'Failed', tone: 'bad' },
  deleted: { badge: 'Deleted', tone: 'bad' },
};

export function describeTitleState(state: TitleState): TitleStateBadge {
  return badges[state];
}

/** Whether the state still changes without anyone doing anything. */
export function isUnderWay(state: TitleState): boolean {
  return state !== 'ready' && state !== 'failed' && state !== 'deleted';
}

export function isWatchable(state: TitleState): boolean {
  return state === 'playable' || state === 'ready';
}
