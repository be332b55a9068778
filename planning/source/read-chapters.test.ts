import { expect, it } from 'vitest';
import { rational } from '#core/contracts/rational.js';
import { samplePublication } from '#fixtures/sample-publication.js';
import { planSegmentGrid } from '#planning/plan-segment-grid.js';
import { probeReportSchema } from '#planning/source/probe-report.js';
import { readChapters } from '#planning/source/read-chapters.js';

const chaptersOf = (chapters: readonly object[], originSeconds = 0) =>
  readChapters(probeReportSchema.parse({ chapters }), {
    grid: planSegmentGrid(rational(25), 60),
    video: { ...samplePublication().plan.video, originSeconds },
  });
const chapter = (start: number | string, end: number | string, title?: string) => ({
  start_time: String(start),
  end_time: String(end),
  tags: title === undefined ? {} : { title },
});

it.each([
  [
    'names and times',
    [chapter(0, 20, 'One'), chapter(20, 60, 'Two')],
    0,
    [
      [0, 20, 'One'],
      [20, 60, 'Two'],
    ],
  ],
  ["times on the title's timeline", [chapter(12, 30, 'One')], 10, [[2, 20, 'One']]],
  ['clamped at both ends', [chapter(5, 500, 'All')], 10, [[0, 60, 'All']]],
  ['none outside the title', [chapter(70, 80, 'After'), chapter(1, 2, 'Before')], 5, []],
  [
    'a number for a missing name',
    [chapter(0, 20), chapter(20, 60, ' ')],
    0,
    [
      [0, 20, 'Chapter 1'],
      [20, 60, 'Chapter 2'],
    ],
  ],
  ['no control characters', [chapter(0, 20, 'a\r\n#EXT\u001b[31m')], 0, [[0, 20, 'a #EXT [31m']]],
  ['none without a start', [chapter('N/A', 20, 'One')], 0, []],
] as const)('%s', (_name, given, origin, expected) => {
  const found = chaptersOf(given, origin).map(({ startSeconds, endSeconds, name }) => [
    startSeconds,
    endSeconds,
    name,
  ]);
  expect(found).toEqual(expected);
});
