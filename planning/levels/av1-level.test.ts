import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { av1CodecString, av1Level } from '#planning/levels/av1-level.js';

it.each([
  ['234p at 24', 416, 234, 24, 145_000, 0],
  ['360p at 30', 640, 360, 30, 300_000, 1],
  ['540p at 30', 960, 540, 30, 1_600_000, 4],
  ['720p at 30', 1280, 720, 30, 3_400_000, 5],
  ['720p at 60', 1280, 720, 60, 3_400_000, 8],
  ['1080p at 30', 1920, 1080, 30, 5_800_000, 8],
  ['1080p at 60', 1920, 1080, 60, 5_800_000, 9],
  ['2160p at 30', 3840, 2160, 30, 16_800_000, 12],
  ['2160p at 60', 3840, 2160, 60, 16_800_000, 13],
  ['bits alone raise the level', 416, 234, 24, 11_000_000, 8],
  ['portrait video is too high for the level of its samples', 64, 1_600, 24, 500_000, 4],
  ['beyond every level', 20_000, 8_640, 60, 900_000_000, 18],
] as const)('%s', (_name, width, height, rate, bits, level) => {
  expect(av1Level(width, height, rate, bits)).toBe(level);
});

it('never decreases as a rung grows', () => {
  const side = fc.integer({ min: 1, max: 240 }).map((blocks) => blocks * 16);
  const rung = fc.tuple(side, side, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 50_000_000 }));
  fc.assert(
    fc.property(rung, fc.nat(3), (sizes, grown) => {
      const larger = sizes.map((value, index) => (index === grown ? value * 2 : value)) as typeof sizes;
      expect(av1Level(...larger)).toBeGreaterThanOrEqual(av1Level(...sizes));
    }),
  );
});

it.each([
  [5, 'SDR', 'av01.0.05M.08'],
  [13, 'PQ', 'av01.0.13M.10.0.111.09.16.09.0'],
  [8, 'HLG', 'av01.0.08M.10.0.111.09.18.09.0'],
] as const)('level %i in %s', (level, range, text) => {
  expect(av1CodecString(level, range)).toBe(text);
});
