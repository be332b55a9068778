import { expect, it } from 'vitest';
import { describeSettingsErrors } from '#encoder/settings/describe-settings-errors.js';

const bits = 'maxBitsPerSecond must be a whole number of bits a second, 50000 to 100000000';
const height = 'height must be a whole number of lines, 64 to 4320';
const ladder = 'ladder must be one of standard, archive, fast, or a list of 1 to 12 rungs';
const good = { height: 720, maxBitsPerSecond: 3_000_000 };

it.each<[string, unknown]>([
  ['nothing asked for', {}],
  ['a preset and every codec', { codecs: ['h264', 'hevc', 'av1'], ladder: 'fast' }],
  ['a ladder with a rate factor', { ladder: [{ ...good, crf: 21.5 }] }],
])('%s is good', (_name, settings) => {
  expect(describeSettingsErrors(settings)).toEqual([]);
});

it.each<[string, unknown, string[]]>([
  ['no object', null, ['settings must be an object such as {"ladder": "archive"}']],
  ['a list', [], ['settings must be an object such as {"ladder": "archive"}']],
  ['an unknown setting', { x: 1 }, ['"x" means nothing here: there are codecs, ladder']],
  ['an unknown preset', { ladder: 'best' }, [ladder]],
  ['one rung instead of a list', { ladder: good }, [ladder]],
  ['an empty ladder', { ladder: [] }, [ladder]],
  [
    'a list of no rungs',
    { ladder: [720] },
    ['rung 1: a rung is such as {"height": 720, "maxBitsPerSecond": 3000000}'],
  ],
  [
    'a misspelt key',
    { ladder: [{ ...good, hieght: 1 }] },
    ['rung 1: "hieght" means nothing here: there are height, maxBitsPerSecond, crf'],
  ],
  [
    'text for numbers',
    { ladder: [good, { height: '1080', maxBitsPerSecond: '6M' }] },
    [`rung 2: ${height}`, `rung 2: ${bits}`],
  ],
  ['kilobits for bits', { ladder: [{ height: 720, maxBitsPerSecond: 3000 }] }, [`rung 1: ${bits}`]],
  ['a fraction below the least', { ladder: [{ ...good, height: 30.5 }] }, [`rung 1: ${height}`]],
  ['a codec nobody knows', { codecs: ['h264', 'vp9'] }, ['codecs: "vp9" is none of h264, hevc, av1']],
  ['no H.264', { codecs: ['av1'] }, ['codecs must hold "h264": every player can decode it']],
])('%s is told in words', (_name, settings, errors) => {
  expect(describeSettingsErrors(settings)).toEqual(errors);
});

it('names every error at once, of the shape and between the numbers', () => {
  const settings = {
    codecs: ['h264', 'vp9'],
    ladder: [
      good,
      { height: 1080, maxBitsPerSecond: 90_000, crf: 50 },
      { height: 10, maxBitsPerSecond: 1e6 },
    ],
  };
  expect(describeSettingsErrors(settings)).toEqual([
    'codecs: "vp9" is none of h264, hevc, av1',
    'rung 2: crf must be a number from 10 to 45',
    `rung 3: ${height}`,
    'rung 2 (1080 lines, 90 kb/s) has too few bits: 1080 lines need 249 kb/s at the least',
    'rung 2 (1080 lines, 90 kb/s) must have more bits than rung 1 (720 lines, 3000 kb/s): rungs ascend',
  ]);
});

it('tells of a ladder of thousands in a few sentences', () => {
  const errors = describeSettingsErrors({ ladder: Array.from({ length: 5000 }, () => ({})) });
  expect(errors).toContain('ladder must hold 12 rungs at the most');
  expect(errors.length).toBeLessThanOrEqual(50);
});
