import { describe, expect, it } from 'vitest';
import {
  describePreparation,
  describeTitleState,
  isUnderWay,
  isWatchable,
} from '#web/words/describe-title-state.js';

describe('describeTitleState', () => {
  it('gives failed and ready titles different tones', () => {
    expect(describeTitleState('failed').tone).toBe('bad');
    expect(describeTitleState('ready').tone).toBe('good');
  });
});

describe('title states', () => {
  it.each([
    ['uploading', true, false],
    ['queued', true, false],
    ['analysing', true, false],
    ['playable', true, true],
    ['ready', false, true],
    ['failed', false, false],
    ['deleted', false, false],
  ] as const)('%s: under way %s, watchable %s', (state, underWay, watchable) => {
    expect(isUnderWay(state)).toBe(underWay);
    expect(isWatchable(state)).toBe(watchable);
  });
});

const none = { segmentsStored: 0, segmentsTotal: 0 };

describe('describePreparation', () => {
  it.each([
    ['uploading', /being uploaded/],
    ['queued', /waiting for a worker/],
    ['analysing', /being analysed/],
    ['playable', /Encoding/],
  ] as const)('says what happens to a title that is %s', (state, heading) => {
    expect(describePreparation({ state, progress: none })?.heading).toMatch(heading);
  });

  it.each(['ready', 'failed', 'deleted'] as const)('says nothing about a title that is %s', (state) => {
    expect(describePreparation({ state, progress: none })).toBeUndefined();
  });

  it('says how much of a playable title is stored', () => {
    const preparation = describePreparation({
      state: 'playable',
      progress: { segmentsStored: 12, segmentsTotal: 48 },
    });
    expect(preparation).toMatchObject({ heading: 'Encoding, 25 % done', share: 0.25 });
    expect(preparation?.sentence).toContain('12 of 48 segments');
  });
});
