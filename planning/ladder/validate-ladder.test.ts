import { expect, it } from 'vitest';
import type { CustomRung, UploadSettings } from '#core/contracts/upload-settings.js';
import { validateLadder } from '#planning/ladder/validate-ladder.js';

const rung = (height: number, kilobitsPerSecond: number): CustomRung => ({
  height,
  maxBitsPerSecond: kilobitsPerSecond * 1000,
});

it.each<[string, UploadSettings['ladder']]>([
  ['a preset', 'archive'],
  ['one large rung', [rung(720, 3000)]],
  ['one rung', [rung(360, 365)]],
  ['two rungs of one height', [rung(234, 145), rung(720, 3000), rung(720, 4500)]],
  [
    "Apple's table",
    [
      rung(234, 145),
      rung(360, 365),
      rung(432, 730),
      rung(432, 1100),
      rung(540, 2000),
      rung(720, 3000),
      rung(720, 4500),
      rung(1080, 6000),
      rung(1080, 7800),
    ],
  ],
  ['a cartoon at full size', [rung(1080, 900)]],
])('accepts %s', (_name, ladder) => {
  expect(validateLadder(ladder)).toEqual([]);
});

it.each<[string, CustomRung[], string[]]>([
  [
    'descending bitrates',
    [rung(720, 900), rung(360, 365)],
    ['rung 2 (360 lines, 365 kb/s) must have more bits than rung 1 (720 lines, 900 kb/s): rungs ascend'],
  ],
  [
    'two rungs of the same bitrate',
    [rung(360, 900), rung(720, 900)],
    ['rung 2 (720 lines, 900 kb/s) must have more bits than rung 1 (360 lines, 900 kb/s): rungs ascend'],
  ],
  ['the same rung twice', [rung(360, 900), rung(360, 900)], ['rung 2 (360 lines, 900 kb/s) repeats rung 1']],
  [
    'more bits for fewer lines',
    [rung(720, 900), rung(540, 2000)],
    ['rung 2 (540 lines, 2000 kb/s) has more bits but fewer lines than rung 1 (720 lines, 900 kb/s)'],
  ],
  [
    'too few bits',
    [rung(1080, 100)],
    ['rung 1 (1080 lines, 100 kb/s) has too few bits: 1080 lines need at least 249 kb/s'],
  ],
  [
    'too many bits',
    [rung(64, 400), rung(90, 50_000)],
    ['rung 2 (90 lines, 50000 kb/s) has too many bits: 90 lines can use at most 864 kb/s'],
  ],
])('reports %s', (_name, ladder, errors) => {
  expect(validateLadder(ladder)).toEqual(errors);
});

it('reports every error at once', () => {
  const errors = validateLadder([rung(2160, 5000), rung(2160, 150), rung(2160, 5000), rung(64, 90_000)]);
  expect(errors.map((error) => error.slice(0, 40))).toEqual([
    'rung 2 (2160 lines, 150 kb/s) has too fe',
    'rung 2 (2160 lines, 150 kb/s) must have ',
    'rung 3 (2160 lines, 5000 kb/s) repeats r',
    'rung 4 (64 lines, 90000 kb/s) has too ma',
    'rung 4 (64 lines, 90000 kb/s) has more b',
  ]);
});
