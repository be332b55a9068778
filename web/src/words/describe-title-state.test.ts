import { describe, expect, it } from 'vitest';
import {
  describePreparation,
  describeTitleState,
  isUnderWay,
  isWatchable,
} from '#web/words/describe-title-state.js';

const none = { segmentsStored: 0, segmentsTotal: 0 };

describe('title states in words', () => {
  it.each([
    ['uploading', /uploaded/, true, false],
    ['queued', /waits its turn/, true, false],
    ['analysing', /looking at the film/, true, false],
    ['playable', /Encoding/, true, true],
  ] as const)('%s is under way and says what is happening', (state, heading, underWay, watchable) => {
    expect(describePreparation({ state, progress: none })?.heading).toMatch(heading);
    expect(isUnderWay(state)).toBe(underWay);
    expect(isWatchable(state)).toBe(watchable);
  });

  it.each(['ready', 'failed', 'deleted'] as const)('%s leaves nothing to wait for', (state) => {
    expect(describePreparation({ state, progress: none })).toBeUndefined();
    expect(isUnderWay(state)).toBe(false);
  });

  it('tells how much of a playable title is stored', () => {
    const declared = describePreparation({
      state: 'playable',
      progress: { segmentsStored: 12, segmentsTotal: 48 },
    });
    expect(declared).toMatchObject({ heading: 'Encoding, 25 % done', share: 0.25 });
    expect(declared?.sentence).toContain('12 of 48 segments');
  });

  it('gives failure and readiness different tones', () => {
    expect(describeTitleState('failed').tone).toBe('bad');
    expect(describeTitleState('ready').tone).toBe('good');
  });
});
