import { expect, it } from 'vitest';
import type { Plan } from '#core/contracts/plan.js';
import { defaultEncodeSpeeds, type EncodeSpeeds } from '#core/queue/encode-speeds.js';
import { sampleAudio, samplePublication, sampleRung } from '#fixtures/sample-publication.js';
import { chooseHeadStart } from '#planning/choose-head-start.js';

const speed = (megapixelsPerSecond: number): EncodeSpeeds => ({
  ...defaultEncodeSpeeds,
  h264: { megapixelsPerSecond, startupSeconds: 0.5, measuredAtMs: 1 },
});

const slow = speed(1);
const usual = speed(100);
const fast = speed(1_000);

/** A 720p source: 144 frames of a segment are 46 megapixels of work to decode, and 75 to encode at 540p. */
function small(...rungs: ReturnType<typeof sampleRung>[]): Plan {
  const { plan } = samplePublication(rungs.length > 0 ? { rungs } : {});
  return { ...plan, video: { ...plan.video, codedWidth: 1280, codedHeight: 720 } };
}

it.each([
  ['the rung that players start with, and the lowest', small(), usual, ['h264-540', 'h264-234', 'en-2']],
  ['the lowest alone on a slow machine', small(), slow, ['h264-234', 'en-2']],
  ['the best rung below the first that is fast enough', small(), speed(34), ['h264-360', 'h264-234', 'en-2']],
  [
    'H.264 of a title that has HEVC too',
    small(sampleRung('hevc', 540, 1_900_000), sampleRung('h264', 360, 700_000)),
    fast,
    ['h264-360', 'en-2'],
  ],
  [
    'one rung once, if it is both',
    small(sampleRung('h264', 540, 1_800_000), sampleRung('h264', 720, 3_200_000)),
    fast,
    ['h264-540', 'en-2'],
  ],
  [
    'HEVC if there is nothing else',
    small(sampleRung('hevc', 540, 1_900_000), sampleRung('hevc', 1080, 6_000_000)),
    fast,
    ['hevc-540', 'en-2'],
  ],
])('chooses %s', (_name, plan, speeds, expected) => {
  expect(chooseHeadStart(plan, speeds)).toEqual(expected);
});

it('chooses the default audio', () => {
  const { plan } = samplePublication({ audio: [sampleAudio('de', false), sampleAudio('fr', true)] });
  expect(chooseHeadStart(plan, fast)).toContain('fr-2');
  expect(chooseHeadStart(plan, fast)).not.toContain('de-2');
});
