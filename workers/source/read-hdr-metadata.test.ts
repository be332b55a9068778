import { expect, it } from 'vitest';
import { hdrMetadataOf } from '#workers/source/read-hdr-metadata.js';

const mastering = {
  side_data_type: 'Mastering display metadata',
  ...{ red_x: '34000/50000', red_y: '16000/50000', green_x: '13250/50000', green_y: '34500/50000' },
  ...{
    blue_x: '7500/50000',
    blue_y: '3000/50000',
    white_point_x: '15635/50000',
    white_point_y: '16450/50000',
  },
  ...{ min_luminance: '50/10000', max_luminance: '10000000/10000' },
};
const light = { side_data_type: 'Content light level metadata', max_content: 1000, max_average: 400 };
const masteringDisplay = {
  red: { x: 34_000, y: 16_000 },
  green: { x: 13_250, y: 34_500 },
  blue: { x: 7_500, y: 3_000 },
  white: { x: 15_635, y: 16_450 },
  maxLuminance: 10_000_000,
  minLuminance: 50,
};

it.each([
  [
    'both kinds',
    [mastering, light],
    { masteringDisplay, contentLight: { maxContent: 1000, maxFrameAverage: 400 } },
  ],
  [
    'the first entry, which is the container’s',
    [light, { ...light, max_content: 7 }],
    { contentLight: { maxContent: 1000, maxFrameAverage: 400 } },
  ],
  [
    'the fixed-point steps of AV1',
    [{ ...mastering, red_x: '44564/65536', max_luminance: '256000/256' }],
    { masteringDisplay: { ...masteringDisplay } },
  ],
  ['none in other side data', [{ side_data_type: 'Display Matrix' }, {}], undefined],
  ['none for unmeasured light levels', [{ ...light, max_content: 0, max_average: 0 }], undefined],
  ['none for a chromaticity above 1', [{ ...mastering, red_x: '60000/50000' }], undefined],
  ['none for a division by zero', [{ ...mastering, red_x: '1/0' }], undefined],
  [
    'none without numbers',
    [
      { ...mastering, red_x: 'N/A' },
      { ...light, max_content: 'many' },
    ],
    undefined,
  ],
])('reads HDR metadata: %s', (_name, sideData, metadata) => {
  expect(hdrMetadataOf(sideData)).toEqual(metadata);
});
