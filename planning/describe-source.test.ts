import { expect, it } from 'vitest';
import type { SourceVideo } from '#core/contracts/plan.js';
import { rational } from '#core/contracts/rational.js';
import { describeSource, type SourceFacts } from '#planning/describe-source.js';

const video = {
  ...{ codedWidth: 720, codedHeight: 576, displayWidth: 720, displayHeight: 576 },
  ...{ rotationDegrees: 0, mirrored: false, interlaced: 'no', range: 'SDR', bitDepth: 8 },
  colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false },
} as SourceVideo;

const notesOf = (given: Partial<SourceVideo>): string[] =>
  describeSource({
    video: { ...video, ...given },
    audio: { streams: [{}], leftOut: [] },
    timeline: { frameRate: rational(25), averageFramesPerSecond: 25 },
  } as unknown as SourceFacts);

it.each<[string, Partial<SourceVideo>, string[]]>([
  ['a plain source', {}, []],
  ['an odd width', { codedWidth: 853, displayWidth: 854 }, []],
  [
    'a source on its side',
    { rotationDegrees: 90, displayWidth: 576, displayHeight: 720 },
    ['The video is rotated by 90 degrees'],
  ],
  [
    'anamorphic',
    { displayWidth: 1024 },
    ['Non-square pixels are resampled to square ones: the video is shown at 1024x576'],
  ],
  [
    'wide gamut',
    { colour: { ...video.colour, primaries: 'smpte432' } },
    ['Display P3 colours are converted to BT.709'],
  ],
  [
    'HDR without a second note about its colours',
    { range: 'PQ', bitDepth: 10, colour: { ...video.colour, primaries: 'bt2020', transfer: 'smpte2084' } },
    [
      'PQ video is tone-mapped to BT.709 for SDR renditions',
      '10-bit video is converted to 8 bits for SDR renditions',
    ],
  ],
])('%s', (_name, given, notes) => {
  expect(notesOf(given)).toEqual(notes);
});
