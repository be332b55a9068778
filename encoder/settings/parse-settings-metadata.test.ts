import { expect, it } from 'vitest';
import { describeSettingsErrors } from '#encoder/settings/parse-settings-metadata.js';

const bits = 'maxBitsPerSecond must be a whole number of bits per second from 50000 to 100000000';
const height = 'height must be a whole number of lines from 64 to 4320';
const ladder = 'ladder must be one of standard, archive, fast, or a list of 1 to 12 rungs';
const good = { height: 720, maxBitsPerSecond: 3_000_000 };

it.each<[string, unknown]>([
  ['an empty object', {}],
  ['a preset and every codec', { codecs: ['h264', 'hevc', 'av1'], ladder: 'fast' }],
  ['a ladder with a rate factor', { ladder: [{ ...good, crf: 21.5 }] }],
])('accepts %s', (_name, settings) => {
  expect(describeSettingsErrors(settings)).toEqual([]);
});

it.each<[string, unknown, string[]]>([
  ['null', null, ['settings must be an object such as {"ladder": "archive"}']],
  ['a list', [], ['settings must be an object such as {"ladder": "archive"}']],
  ['an unknown setting', { x: 1 }, ['unknown key "x"; known keys are codecs, ladder']],
  ['an unknown preset', { ladder: 'best' }, [ladder]],
  ['one rung instead of a list', { ladder: good }, [ladder]],
  ['an empty ladder', { ladder: [] }, [ladder]],
  [
    'a list of numbers',
    { ladder: [720] },
    ['rung 1: a rung must be an object such as {"height": 720, "maxBitsPerSecond": 3000000}'],
  ],
  [
    'a misspelled key',
    { ladder: [{ ...good, hieght: 1 }] },
    ['rung 1: unknown key "hieght"; known keys are height, maxBitsPerSecond, crf'],
  ],
  [
    'strings instead of numbers',
    { ladder: [good, { height: '1080', maxBitsPerSecond: '6M' }] },
    [`rung 2: ${height}`, `rung 2: ${bits}`],
  ],
  ['kilobits instead of bits', { ladder: [{ height: 720, maxBitsPerSecond: 3000 }] }, [`rung 1: ${bits}`]],
  ['a fraction below the minimum', { ladder: [{ ...good, height: 30.5 }] }, [`rung 1: ${height}`]],
  ['an unknown codec', { codecs: ['h264', 'vp9'] }, ['codecs: "vp9" is not one of h264, hevc, av1']],
  ['no H.264', { codecs: ['av1'] }, ['codecs must include "h264", which every player can decode']],
])('explains %s', (_name, settings, errors) => {
  expect(describeSettingsErrors(settings)).toEqual(errors);
});

it('lists the errors of single values and the errors between rungs together', () => {
  const settings = {
    codecs: ['h264', 'vp9'],
    ladder: [
      good,
      { height: 1080, maxBitsPerSecond: 90_000, crf: 50 },
      { height: 10, maxBitsPerSecond: 1e6 },
    ],
  };
  expect(describeSettingsErrors(settings)).toEqual([
    'codecs: "vp9" is not one of h264, hevc, av1',
    'rung 2: crf must be a number from 10 to 45',
    `rung 3: ${height}`,
    'rung 2 (1080 lines, 90 kb/s) has too few bits: 1080 lines need at least 249 kb/s',
    'rung 2 (1080 lines, 90 kb/s) must have more bits than rung 1 (720 lines, 3000 kb/s): rungs ascend',
  ]);
});

it('limits the number of errors for a ladder of thousands of rungs', () => {
  const errors = describeSettingsErrors({ ladder: Array.from({ length: 5000 }, () => ({})) });
  expect(errors).toContain('ladder may have at most 12 rungs');
  expect(errors.length).toBeLessThanOrEqual(50);
});
