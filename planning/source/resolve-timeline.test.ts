import { describe, expect, it } from 'vitest';
import { formatRational } from '#core/contracts/rational.js';
import type { PacketTail } from '#planning/source/measure-packet-tail.js';
import { probedStreamSchema, probeReportSchema } from '#planning/source/probe-report.js';
import { resolveTimeline } from '#planning/source/resolve-timeline.js';
import { defaultSourceLimits } from '#planning/source/source-limits.js';
import type { Truncation } from '#planning/source/timeline.js';

interface Given {
  video?: object;
  audio?: object;
  format?: object;
  tail?: Partial<PacketTail>;
  truncation?: Truncation;
}

function timelineOf({ video = {}, audio, format = {}, tail = {}, truncation }: Given) {
  const stream = probedStreamSchema.parse({
    index: 0,
    start_time: '0.000000',
    avg_frame_rate: '25/1',
    r_frame_rate: '25/1',
    ...video,
  });
  return resolveTimeline(
    {
      report: probeReportSchema.parse({ format: { duration: '10.0', ...format } }),
      video: stream,
      audio: audio ? [probedStreamSchema.parse({ index: 1, ...audio })] : [],
      tail: { endSeconds: 10, lastShownSeconds: 9.96, framesPerSecond: undefined, ...tail },
      truncation,
    },
    defaultSourceLimits,
  );
}

describe('origin and duration', () => {
  it.each<[string, Given, number, number]>([
    ['video and audio from zero', { audio: { start_time: '0.0' } }, 0, 10],
    ['no audio', {}, 0, 10],
    ['priming before the video is not content', { audio: { start_time: '-0.021333' } }, 0, 10],
    [
      'audio half a second early is content: the first frame is held',
      { video: { start_time: '0.52' }, audio: { start_time: '0.0' } },
      0,
      10,
    ],
    [
      'the first frame is held for twelve whole frames, not for twelve and a half',
      { video: { start_time: '0.5' }, audio: { start_time: '0.0' } },
      0.02,
      9.98,
    ],
    [
      'a first frame half a frame early moves onto the grid',
      { tail: { shownSeconds: Float64Array.of(0, 0.06, 0.1, 0.14, 0.18) } },
      0.02,
      9.98,
    ],
    ['a variable frame rate', { tail: { shownSeconds: Float64Array.of(0, 0.06, 0.09, 0.15, 0.16) } }, 0, 10],
    ['late audio: silence fills the gap', { audio: { start_time: '2.0' } }, 0, 10],
    [
      'a broadcast that starts at 1.4 s',
      { video: { start_time: '1.4' }, audio: { start_time: '1.43' } },
      1.4,
      8.6,
    ],
    ['a negative start', { video: { start_time: '-2.0' } }, -2, 12],
    [
      "the container's start if the track declares none",
      { video: { start_time: 'N/A' }, format: { start_time: '3.0' } },
      3,
      7,
    ],
    ['no declared start', { video: { start_time: undefined } }, 0, 10],
    ['audio without a declared start', { video: { start_time: '1.0' }, audio: {} }, 1, 9],
  ])('%s', (_name, given, originSeconds, durationSeconds) => {
    const timeline = timelineOf(given);
    expect(timeline.originSeconds).toBeCloseTo(originSeconds, 9);
    expect(timeline.durationSeconds).toBeCloseTo(durationSeconds, 9);
  });
});

describe('frame rate', () => {
  it.each<[string, Given, number, string]>([
    [
      'the average in the container',
      { video: { avg_frame_rate: '30000/1001', r_frame_rate: '60/1' } },
      29.97,
      '30000/1001',
    ],
    [
      'Matroska that declares its time base',
      { video: { avg_frame_rate: '1000/1', r_frame_rate: '1000/1' }, tail: { framesPerSecond: 23.98 } },
      23.98,
      '24000/1001',
    ],
    [
      'Matroska that declares its time base, too short to count',
      { video: { avg_frame_rate: '1000/1', r_frame_rate: '1000/1' } },
      25,
      '25',
    ],
    [
      'a packet for every field',
      {
        video: { avg_frame_rate: '25/1', r_frame_rate: '50/1', field_order: 'tt' },
        tail: { framesPerSecond: 50 },
      },
      25,
      '25',
    ],
    [
      'a declared average of half the nominal rate, and whole frames at the nominal rate',
      {
        video: { avg_frame_rate: '25/1', r_frame_rate: '50/1', field_order: 'progressive' },
        tail: { framesPerSecond: 50 },
      },
      50,
      '50',
    ],
    [
      'no average: the counted rate',
      { video: { avg_frame_rate: '0/0' }, tail: { framesPerSecond: 50 } },
      50,
      '50',
    ],
    [
      'repeated frames left out',
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
      'no average, repeated frames left out',
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
      'no average, no packets counted: the nominal rate',
      { video: { avg_frame_rate: '0/0', r_frame_rate: '48/1' } },
      48,
      '48',
    ],
    ['a slow-motion camera', { video: { avg_frame_rate: '240/1' } }, 240, '60'],
    [
      'a variable frame rate: the counted average',
      { video: { avg_frame_rate: '30/1', r_frame_rate: '60/1' }, tail: { framesPerSecond: 47.5 } },
      47.5,
      '48',
    ],
    [
      'a steady rate but for one pause',
      { video: { avg_frame_rate: '25/1' }, tail: { framesPerSecond: 16 } },
      25,
      '25',
    ],
    [
      'a header with twice the steady rate',
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
      'an average that counts a few longer frames',
      { video: { avg_frame_rate: '23936/1000', r_frame_rate: '24/1' } },
      24,
      '24',
    ],
    [
      'a variable rate below every output rate',
      { video: { avg_frame_rate: '1234/100' } },
      12.34,
      '24000/1001',
    ],
  ])('%s', (_name, given, average, rate) => {
    const timeline = timelineOf(given);
    expect(timeline.averageFramesPerSecond).toBeCloseTo(average, 2);
    expect(formatRational(timeline.frameRate)).toBe(rate);
  });
});

describe('refusals', () => {
  const detail = 'the mdat box declares 9 bytes from offset 1, the file ends at 5';
  const truncation = { detail, presentShare: 0.99 };

  it.each<[string, Given, string]>([
    [
      'truncated in the middle',
      { truncation, tail: { endSeconds: 5 } },
      `truncated: ${detail}; 5.0 s of 10.0 s are present`,
    ],
    [
      'half of it missing, and no declared duration',
      { truncation: { detail, presentShare: 0.5 }, format: { duration: 'N/A' }, tail: { endSeconds: 5 } },
      `truncated: ${detail}; 5.0 s are present`,
    ],
    [
      'half of it missing, and a duration estimated from the rest',
      { truncation: { detail, presentShare: 0.5 }, format: { duration: '4.9' }, tail: { endSeconds: 5 } },
      `truncated: ${detail}; 5.0 s are present`,
    ],
    [
      'truncated, and no declared length',
      { truncation: { detail, hidesLength: true } },
      `truncated: ${detail}; 10.0 s are present`,
    ],
    ['no duration at all', { tail: { endSeconds: 0 } }, 'duration: the video lasts 0.000 s'],
    ['ends before it begins', { video: { start_time: '20' } }, 'duration: the video lasts -10.000 s'],
    ['over 12 hours', { tail: { endSeconds: 43_201 } }, 'duration: the video lasts 43201.000 s'],
    ['a duration that is no number', { tail: { endSeconds: Number.NaN } }, 'duration: '],
    [
      'timestamps that start again',
      { tail: { maxStepBackSeconds: 4 } },
      'duration: the timestamps jump back by 4.0 s',
    ],
    ['a jump of an hour', { tail: { maxGapSeconds: 3600 } }, 'duration: the timestamps jump by 3600 s'],
    [
      'more frames per second than any camera records',
      { tail: { framesPerSecond: 1875, shownSeconds: new Float64Array(75) } },
      'frame_rate: 75 frames at 1875 frames per second; at most 1000 are accepted',
    ],
  ])('%s', (_name, given, message) => {
    expect(() => timelineOf(given)).toThrow(message);
  });

  it.each<[string, Given]>([
    ['only padding missing', { truncation, tail: { endSeconds: 9.9 } }],
    ['shorter than declared, but whole: the header is wrong', { tail: { endSeconds: 5 } }],
    ['truncated, and no declared duration', { truncation, format: { duration: 'N/A' } }],
    ['exactly 12 hours', { tail: { endSeconds: 43_200 } }],
    ['a pause of ten minutes', { tail: { maxGapSeconds: 600 } }],
    [
      'a thousand frames per second with rounded timestamps',
      { tail: { framesPerSecond: 1009, shownSeconds: new Float64Array(75) } },
    ],
    ['ten frames at one time', { tail: { framesPerSecond: 5000, shownSeconds: new Float64Array(10) } }],
    ['a high rate in the tail alone', { tail: { framesPerSecond: 5000 } }],
  ])('accepts: %s', (_name, given) => {
    expect(() => timelineOf(given)).not.toThrow();
  });
});
