import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { hevcCodecString, hevcLevel } from '#planning/levels/hevc-level.js';

it.each([
  ['234p at 24', 416, 234, 24, 145_000, 60, 'Main'],
  ['360p at 30', 640, 360, 30, 300_000, 63, 'Main'],
  ['540p at 30', 960, 540, 30, 1_600_000, 90, 'Main'],
  ['720p at 30', 1280, 720, 30, 3_400_000, 93, 'Main'],
  ['720p at 60', 1280, 720, 60, 3_400_000, 120, 'Main'],
  ['1080p at 30', 1920, 1080, 30, 5_800_000, 120, 'Main'],
  ['1080p at 60', 1920, 1080, 60, 5_800_000, 123, 'Main'],
  ['2160p at 30', 3840, 2160, 30, 16_800_000, 150, 'Main'],
  ['2160p at 60', 3840, 2160, 60, 16_800_000, 153, 'Main'],
  ['bits alone raise the level if it has no High tier', 416, 234, 24, 8_000_000, 93, 'Main'],
  ['bits use the High tier if there is one', 1920, 1080, 24, 25_000_000, 120, 'High'],
  ['a long side alone raises the level', 2048, 64, 24, 500_000, 90, 'Main'],
  ['sizes count in whole coding blocks', 352, 345, 24, 500_000, 63, 'Main'],
  ['beyond every level', 16_384, 8_640, 60, 900_000_000, 186, 'High'],
] as const)('%s', (_name, width, height, rate, bits, levelIdc, tier) => {
  expect(hevcLevel(width, height, rate, bits)).toEqual({ levelIdc, tier });
});

it('never decreases as a rung grows', () => {
  const side = fc.integer({ min: 1, max: 240 }).map((blocks) => blocks * 16);
  const rung = fc.tuple(side, side, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 50_000_000 }));
  fc.assert(
    fc.property(rung, fc.nat(3), (sizes, grown) => {
      const larger = sizes.map((value, index) => (index === grown ? value * 2 : value)) as typeof sizes;
      expect(hevcLevel(...larger).levelIdc).toBeGreaterThanOrEqual(hevcLevel(...sizes).levelIdc);
    }),
  );
});

it.each([
  [{ levelIdc: 93, tier: 'Main' }, 8, 'hvc1.1.6.L93.90'],
  [{ levelIdc: 120, tier: 'High' }, 8, 'hvc1.1.6.H120.90'],
  [{ levelIdc: 153, tier: 'Main' }, 10, 'hvc1.2.4.L153.90'],
] as const)('%o at %i bits', (level, bitDepth, text) => {
  expect(hevcCodecString(level, bitDepth)).toBe(text);
});
