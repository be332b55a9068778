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
    timeLine: { frameRate: rational(25), averageFramesPerSecond: 25 },
  } as unknown as SourceFacts);

it.each<[string, Partial<SourceVideo>, string[]]>([
  ['a plain film', {}, []],
  ['an odd width', { codedWidth: 853, displayWidth: 854 }, []],
  [
    'a film on its side',
    { rotationDegrees: 90, displayWidth: 576, displayHeight: 720 },
    ['turned upright by 90 degrees'],
  ],
  ['anamorphic', { displayWidth: 1024 }, ['oblong pixels: shown at 1024x576, in square ones']],
  [
    'wide gamut',
    { colour: { ...video.colour, primaries: 'smpte432' } },
    ['Display P3 colours: converted to BT.709'],
  ],
  [
    'HDR, whose colours need no second note',
    { range: 'PQ', bitDepth: 10, colour: { ...video.colour, primaries: 'bt2020', transfer: 'smpte2084' } },
    ['PQ picture: tone-mapped to BT.709 for SDR rungs', '10-bit picture: 8-bit in SDR rungs'],
  ],
])('%s', (_name, given, notes) => {
  expect(notesOf(given)).toEqual(notes);
});
