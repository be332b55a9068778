import { describe, expect, it } from 'vitest';
import { describePreparation } from '#web/words/describe-preparation.js';

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
