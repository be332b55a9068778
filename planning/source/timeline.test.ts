import { describe, expect, it } from 'vitest';
import { formatRational } from '#core/contracts/rational.js';
import { type PacketTail, probedStreamSchema, probeReportSchema } from '#planning/source/probe-report.js';
import { defaultSourceLimits } from '#planning/source/source-limits.js';
import { type Truncation, timeLineOf } from '#planning/source/timeline.js';

interface Given {
  video?: object;
  audio?: object;
  format?: object;
  tail?: Partial<PacketTail>;
  truncation?: Truncation;
}

function lineOf({ video = {}, audio, format = {}, tail = {}, truncation }: Given) {
  const stream = probedStreamSchema.parse({
    index: 0,
    start_time: '0.000000',
    avg_frame_rate: '25/1',
    r_frame_rate: '25/1',
    ...video,
  });
  return timeLineOf(
    probeReportSchema.parse({ format: { duration: '10.0', ...format } }),
    stream,
    audio ? [probedStreamSchema.parse({ index: 1, ...audio })] : [],
    { endSeconds: 10, lastShownSeconds: 9.96, framesPerSecond: undefined, ...tail },
    truncation,
    defaultSourceLimits,
  );
}

describe('origin and duration', () => {
  it.each<[string, Given, number, number]>([
    ['picture and sound from zero', { audio: { start_time: '0.0' } }, 0, 10],
    ['no sound', {}, 0, 10],
    ['priming before the picture is not content', { audio: { start_time: '-0.021333' } }, 0, 10],
    [
      'sound half a second early is content: the first frame is held',
      { video: { start_time: '0.52' }, audio: { start_time: '0.0' } },
      0,
      10,
    ],
    [
      'held for whole frames, twelve instead of twelve and a half',
      { video: { start_time: '0.5' }, audio: { start_time: '0.0' } },
      0.02,
      9.98,
    ],
    [
      'a first frame that is half a frame early',
      { tail: { shownSeconds: Float64Array.of(0, 0.06, 0.1, 0.14, 0.18) } },
      0.02,
      9.98,
    ],
    ['a pace that varies', { tail: { shownSeconds: Float64Array.of(0, 0.06, 0.09, 0.15, 0.16) } }, 0, 10],
    ['sound late: silence fills', { audio: { start_time: '2.0' } }, 0, 10],
    [
      'a broadcast that starts at 1.4 s',
      { video: { start_time: '1.4' }, audio: { start_time: '1.43' } },
      1.4,
      8.6,
    ],
    ['a negative start', { video: { start_time: '-2.0' } }, -2, 12],
    [
      "the container's start where the track tells none",
      { video: { start_time: 'N/A' }, format: { start_time: '3.0' } },
      3,
      7,
    ],
    ['nothing told', { video: { start_time: undefined } }, 0, 10],
    ['sound that tells no start', { video: { start_time: '1.0' }, audio: {} }, 1, 9],
  ])('%s', (_name, given, originSeconds, durationSeconds) => {
    const line = lineOf(given);
    expect(line.originSeconds).toBeCloseTo(originSeconds, 9);
    expect(line.durationSeconds).toBeCloseTo(durationSeconds, 9);
  });
});

describe('frame rate', () => {
  it.each<[string, Given, number, string]>([
    [
      'the average of the container',
      { video: { avg_frame_rate: '30000/1001', r_frame_rate: '60/1' } },
      29.97,
      '30000/1001',
    ],
    [
      'Matroska that tells its clock',
      { video: { avg_frame_rate: '1000/1', r_frame_rate: '1000/1' }, tail: { framesPerSecond: 23.98 } },
      23.98,
      '24000/1001',
    ],
    [
      'Matroska that tells its clock, too short to count',
      { video: { avg_frame_rate: '1000/1', r_frame_rate: '1000/1' } },
      25,
      '25',
    ],
    [
      'fields that are packets of their own',
      {
        video: { avg_frame_rate: '25/1', r_frame_rate: '50/1', field_order: 'tt' },
        tail: { framesPerSecond: 50 },
      },
      25,
      '25',
    ],
    [
      'half of the nominal rate by its own header, and counted, of whole frames',
      {
        video: { avg_frame_rate: '25/1', r_frame_rate: '50/1', field_order: 'progressive' },
        tail: { framesPerSecond: 50 },
      },
      50,
      '50',
    ],
    ['no average: counted', { video: { avg_frame_rate: '0/0' }, tail: { framesPerSecond: 50 } }, 50, '50'],
    [
      'frames left out that repeat',
      {
        tail: {
          framesPerSecond: 25 / 3,
          shownSeconds: Float64Array.from({ length: 50 }, (_, index) => index * 0.12),
        },
      },
      25,
      '25',
    ],
    [
      'no average, frames left out that repeat',
      {
        video: { avg_frame_rate: '0/0' },
        tail: { framesPerSecond: 2.4, shownSeconds: Float64Array.of(0, 0.48, 0.96, 1, 1.24, 7) },
      },
      25,
      '25',
    ],
    [
      'no average, frames off the nominal grid',
      {
        video: { avg_frame_rate: '0/0' },
        tail: { framesPerSecond: 30, shownSeconds: Float64Array.of(0, 0.0333, 0.0667, 0.1) },
      },
      30,
      '30',
    ],
    [
      'no average, none counted: the lowest rate that fits',
      { video: { avg_frame_rate: '0/0', r_frame_rate: '48/1' } },
      48,
      '48',
    ],
    ['a slow-motion camera', { video: { avg_frame_rate: '240/1' } }, 240, '60'],
    [
      'the average of a stream that does not keep its pace, counted',
      { video: { avg_frame_rate: '30/1', r_frame_rate: '60/1' }, tail: { framesPerSecond: 47.5 } },
      47.5,
      '48',
    ],
    [
      'a pace that is kept but for a pause',
      { video: { avg_frame_rate: '25/1' }, tail: { framesPerSecond: 16 } },
      25,
      '25',
    ],
    [
      'a header of twice the pace that is kept',
      {
        video: { avg_frame_rate: '60/1', r_frame_rate: '60/1' },
        tail: {
          framesPerSecond: 30,
          shownSeconds: Float64Array.from(
            { length: 300 },
            (_, index) => Math.round((index * 1000) / 30) / 1000,
          ),
        },
      },
      30,
      '30',
    ],
    [
      'a few frames that last longer, of a container that counts them in',
      { video: { avg_frame_rate: '23936/1000', r_frame_rate: '24/1' } },
      24,
      '24',
    ],
    ['variable', { video: { avg_frame_rate: '1234/100' } }, 12.34, '24000/1001'],
  ])('%s', (_name, given, average, rate) => {
    const line = lineOf(given);
    expect(line.averageFramesPerSecond).toBeCloseTo(average, 2);
    expect(formatRational(line.frameRate)).toBe(rate);
  });
});

describe('refusals', () => {
  const detail = 'the mdat box says 9 bytes from offset 1, the file ends at 5';
  const truncation = { detail, presentShare: 0.99 };

  it.each<[string, Given, string]>([
    [
      'cut off in the middle',
      { truncation, tail: { endSeconds: 5 } },
      `truncated: ${detail}; 5.0 s of 10.0 s are there`,
    ],
    [
      'half of it missing, and the header tells no duration',
      { truncation: { detail, presentShare: 0.5 }, format: { duration: 'N/A' }, tail: { endSeconds: 5 } },
      `truncated: ${detail}; 5.0 s are there`,
    ],
    [
      'half of it missing, and the duration estimated from what is there',
      { truncation: { detail, presentShare: 0.5 }, format: { duration: '4.9' }, tail: { endSeconds: 5 } },
      `truncated: ${detail}; 5.0 s are there`,
    ],
    [
      'cut off, and nothing tells how long it was',
      { truncation: { detail, hidesLength: true } },
      `truncated: ${detail}; 10.0 s are there`,
    ],
    ['no picture time at all', { tail: { endSeconds: 0 } }, 'duration: the picture lasts 0.000 s'],
    ['ends before it begins', { video: { start_time: '20' } }, 'duration: the picture lasts -10.000 s'],
    ['over 12 hours', { tail: { endSeconds: 43_201 } }, 'duration: the picture lasts 43201.000 s'],
    ['no number', { tail: { endSeconds: Number.NaN } }, 'duration: '],
    [
      'a clock that begins again',
      { tail: { maxStepBackSeconds: 4 } },
      'duration: the time stamps jump back by 4.0 s',
    ],
    ['a jump of an hour', { tail: { maxGapSeconds: 3600 } }, 'duration: the time stamps jump by 3600 s'],
    [
      'more frames a second than any camera takes',
      { tail: { framesPerSecond: 1875, shownSeconds: new Float64Array(75) } },
      'frame_rate: 75 frames at 1875 a second; at most 1000 are accepted',
    ],
  ])('%s', (_name, given, message) => {
    expect(() => lineOf(given)).toThrow(message);
  });

  it.each<[string, Given]>([
    ['only padding is missing', { truncation, tail: { endSeconds: 9.9 } }],
    ['shorter than told, but whole: the header is wrong', { tail: { endSeconds: 5 } }],
    ['cut, and no duration is told', { truncation, format: { duration: 'N/A' } }],
    ['exactly 12 hours', { tail: { endSeconds: 43_200 } }],
    ['a pause of ten minutes', { tail: { maxGapSeconds: 600 } }],
    [
      'a thousand frames a second by a rounded clock',
      { tail: { framesPerSecond: 1009, shownSeconds: new Float64Array(75) } },
    ],
    ['ten frames at once', { tail: { framesPerSecond: 5000, shownSeconds: new Float64Array(10) } }],
    ['a rate that only the tail shows', { tail: { framesPerSecond: 5000 } }],
  ])('accepts: %s', (_name, given) => {
    expect(() => lineOf(given)).not.toThrow();
  });
});
