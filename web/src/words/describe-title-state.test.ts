import { describe, expect, it } from 'vitest';
import { describeTitleState, isUnderWay, isWatchable } from '#web/words/describe-title-state.js';

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
