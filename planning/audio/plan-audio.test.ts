import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audioRenditionSchema } from '#core/contracts/plan.js';
import { maxAudioRenditions, planAudio } from '#planning/audio/plan-audio.js';
import { probedStreamSchema } from '#planning/source/probe-report.js';

const track = (index: number, language?: string, isDefault = false) =>
  probedStreamSchema.parse({
    index,
    codec_name: 'ac3',
    channels: 6,
    sample_rate: '48000',
    tags: language === undefined ? {} : { language },
    disposition: { default: isDefault ? 1 : 0 },
  });

describe('planAudio', () => {
  it('adds silence to a source without audio', () => {
    expect(planAudio([])).toEqual([
      expect.objectContaining({
        renditionId: 'und-2',
        streamIndex: null,
        isDefault: true,
        channels: 2,
        reason: 'the source has no audio: a silent track is added',
      }),
    ]);
  });

  it.each<[string, Record<string, number>[], number]>([
    ['the first if none is marked', [{}, {}], 0],
    ["the container's default", [{}, { default: 1 }], 1],
    ['the main audio instead of a description that comes first', [{ visual_impaired: 1 }, {}], 1],
    ['the main audio instead of a commentary marked as default', [{ comment: 1, default: 1 }, {}], 1],
    ['the default commentary if there is no main audio', [{ comment: 1 }, { comment: 1, default: 1 }], 1],
  ])('plays %s by default', (_what, dispositions, index) => {
    const planned = planAudio(dispositions.map((disposition, at) => ({ ...track(at), disposition })));
    expect(planned.findIndex(({ isDefault }) => isDefault)).toBe(index);
    expect(planned.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  });

  it('names languages and numbers repeated ones', () => {
    const planned = planAudio([track(1, 'eng'), track(2, 'ger', true), track(3, 'eng'), track(4)]);
    expect(planned.map(({ renditionId, name, isDefault }) => [renditionId, name, isDefault])).toEqual([
      ['en-2', 'English', false],
      ['de-2', 'German', true],
      ['en-2-2', 'English 2', false],
      ['und-2', 'Main', false],
    ]);
    expect(planned[0]?.reason).toBe('track 1: ac3, 6 channels, 48000 Hz');
  });

  it('numbers two languages with one name', () => {
    expect(planAudio([track(1, 'tl'), track(2, 'fil')]).map(({ name }) => name)).toEqual([
      'Filipino',
      'Filipino 2',
    ]);
  });

  it('has a default even if the default track is left out', () => {
    const tracks = Array.from({ length: 10 }, (_, index) => track(index + 1, 'eng', index === 9));
    const planned = planAudio(tracks);
    expect(planned).toHaveLength(maxAudioRenditions);
    expect(planned.filter(({ isDefault }) => isDefault)).toEqual([planned[0]]);
  });

  it('gives unique ids and names, one default and valid renditions for any tags', () => {
    const tag = fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.stringMatching(/^[a-z]{2,3}$/),
      fc.constantFrom('eng', 'en', 'he', 'iw'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(tag, fc.boolean()), { maxLength: 12 }), (tags) => {
        const planned = planAudio(
          tags.map(([language, isDefault], index) => track(index, language, isDefault)),
        );
        expect(new Set(planned.map(({ renditionId }) => renditionId)).size).toBe(planned.length);
        expect(new Set(planned.map(({ name }) => name)).size).toBe(planned.length);
        expect(planned.filter(({ isDefault }) => isDefault)).toHaveLength(1);
        for (const rendition of planned) expect(() => audioRenditionSchema.parse(rendition)).not.toThrow();
      }),
    );
  });
});
