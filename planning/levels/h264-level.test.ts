import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { h264CodecString, h264Level } from '#planning/levels/h264-level.js';

it.each([
  ['234p at 15', 416, 234, 15, 145_000, 12],
  ['234p at 24', 416, 234, 24, 145_000, 13],
  ['234p at 30 with more bits', 416, 234, 30, 500_000, 13],
  ['360p at 30', 640, 360, 30, 365_000, 30],
  ['540p at 30', 960, 540, 30, 2_000_000, 31],
  ['720p at 30', 1280, 720, 30, 4_500_000, 31],
  ['720p at 60', 1280, 720, 60, 4_500_000, 32],
  ['1080p at 30', 1920, 1080, 30, 7_800_000, 40],
  ['1080p at 60', 1920, 1080, 60, 7_800_000, 42],
  ['1440p at 30', 2560, 1440, 30, 12_000_000, 50],
  ['2160p at 30', 3840, 2160, 30, 20_000_000, 51],
  ['2160p at 60', 3840, 2160, 60, 20_000_000, 52],
  ['bits alone raise the level', 416, 234, 24, 30_000_000, 42],
  ['partial macroblocks count as whole ones', 354, 290, 15, 100_000, 21],
  ['beyond every level', 8192, 4320, 60, 100_000_000, 52],
])('%s', (_name, width, height, rate, bits, level) => {
  expect(h264Level(width, height, rate, bits)).toBe(level);
});

it('never decreases as a rung grows', () => {
  const side = fc.integer({ min: 1, max: 240 }).map((blocks) => blocks * 16);
  const rung = fc.tuple(side, side, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 50_000_000 }));
  fc.assert(
    fc.property(rung, fc.nat(3), (sizes, grown) => {
      const larger = sizes.map((value, index) => (index === grown ? value * 2 : value)) as typeof sizes;
      expect(h264Level(...larger)).toBeGreaterThanOrEqual(h264Level(...sizes));
    }),
  );
});

it.each([
  [12, 'avc1.64000c'],
  [31, 'avc1.64001f'],
  [40, 'avc1.640028'],
  [52, 'avc1.640034'],
])('level %i is %s', (level, text) => {
  expect(h264CodecString(level)).toBe(text);
});
