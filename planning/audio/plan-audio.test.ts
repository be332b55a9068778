import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audioRenditionSchema } from '#core/contracts/plan.js';
import { languageOf, maxAudioRenditions, planAudio } from '#planning/audio/plan-audio.js';
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

describe('languageOf', () => {
  it.each([
    ['eng', 'en'],
    ['ger', 'de'],
    ['deu', 'de'],
    ['DE', 'de'],
    ['pt-BR', 'pt'],
    ['zh_Hans', 'zh'],
    ['english', 'en'],
    ['gsw', 'gsw'],
    ['', 'und'],
    ['1', 'und'],
    ['../', 'und'],
  ])('%j is %s', (language, bcp47) => {
    expect(languageOf(track(1, language))).toBe(bcp47);
  });

  it('reads the tag as Ogg writes it', () => {
    expect(languageOf({ tags: { LANGUAGE: 'fre' } })).toBe('fr');
  });
});

describe('planAudio', () => {
  it('makes silence where there is no sound', () => {
    expect(planAudio([])).toEqual([
      expect.objectContaining({
        renditionId: 'und-2',
        streamIndex: null,
        isDefault: true,
        channels: 2,
        reason: 'the source has no sound: silence',
      }),
    ]);
  });

  it.each<[string, Record<string, number>[], number]>([
    ['the first where none says anything', [{}, {}], 0],
    ["the container's default", [{}, { default: 1 }], 1],
    ['the film before a description that comes first', [{ visual_impaired: 1 }, {}], 1],
    ['the film before a commentary that is the default', [{ comment: 1, default: 1 }, {}], 1],
    ['the default commentary where there is nothing else', [{ comment: 1 }, { comment: 1, default: 1 }], 1],
  ])('lets be heard %s', (_what, dispositions, heard) => {
    const planned = planAudio(dispositions.map((disposition, index) => ({ ...track(index), disposition })));
    expect(planned.findIndex(({ isDefault }) => isDefault)).toBe(heard);
    expect(planned.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  });

  it('names languages, and numbers what repeats', () => {
    const planned = planAudio([track(1, 'eng'), track(2, 'ger', true), track(3, 'eng'), track(4)]);
    expect(planned.map(({ renditionId, name, isDefault }) => [renditionId, name, isDefault])).toEqual([
      ['en-2', 'English', false],
      ['de-2', 'German', true],
      ['en-2-2', 'English 2', false],
      ['und-2', 'Main', false],
    ]);
    expect(planned[0]?.reason).toBe('track 1: ac3, 6 channels, 48000 Hz');
  });

  it('tells two languages apart that have one name', () => {
    expect(planAudio([track(1, 'tl'), track(2, 'fil')]).map(({ name }) => name)).toEqual([
      'Filipino',
      'Filipino 2',
    ]);
  });

  it('has a default although the file wants one that is left out', () => {
    const tracks = Array.from({ length: 10 }, (_, index) => track(index + 1, 'eng', index === 9));
    const planned = planAudio(tracks);
    expect(planned).toHaveLength(maxAudioRenditions);
    expect(planned.filter(({ isDefault }) => isDefault)).toEqual([planned[0]]);
  });

  it('gives ids and names once, one default, and what the contract takes, for any tags', () => {
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
