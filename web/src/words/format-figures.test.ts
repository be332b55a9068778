import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatBitRate,
  formatBytes,
  formatDuration,
  formatSeconds,
  formatShare,
  formatTimecode,
} from '#web/words/format-figures.js';

describe('durations', () => {
  it.each([
    [0, '0:00'],
    [7.99, '0:07'],
    [61, '1:01'],
    [3_600, '1:00:00'],
    [7_384, '2:03:04'],
    [Number.NaN, '–:––'],
  ])('writes %d seconds as the timecode %s', (seconds, text) => {
    expect(formatTimecode(seconds)).toBe(text);
  });

  it.each([
    [0.4, 'under a second'],
    [1, '1 second'],
    [20.02, '20 seconds'],
    [65, '1 minute 5 seconds'],
    [7_384, '2 hours 3 minutes'],
    [3_600, '1 hour'],
  ])('writes %d seconds as "%s"', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('writes seconds with their unit', () => {
    expect(formatSeconds(12.345)).toBe('12.3 s');
    expect(formatSeconds(Number.NaN)).toBe('–');
  });
});

const now = Date.parse('2026-06-01T12:00:00Z');

describe('sayAge', () => {
  it.each([
    ['2026-06-01T11:59:40Z', 'just now'],
    ['2026-06-01T12:00:30Z', 'just now'],
    ['2026-06-01T11:59:10Z', '50 seconds ago'],
    ['2026-06-01T11:57:00Z', '3 minutes ago'],
    ['2026-06-01T09:00:00Z', '3 hours ago'],
    ['2026-05-30T12:00:00Z', '2 days ago'],
    ['2026-03-01T12:00:00Z', '3 months ago'],
    ['2020-06-01T12:00:00Z', '6 years ago'],
    ['nonsense', 'at an unknown time'],
  ])('writes %s as "%s"', (then, text) => {
    expect(formatAge(Date.parse(then), now)).toBe(text);
  });
});

describe('bit rates and bytes', () => {
  it.each([
    [0, '0 b/s'],
    [950, '950 b/s'],
    [999.6, '1.0 kb/s'],
    [64_000, '64.0 kb/s'],
    [145_000, '145 kb/s'],
    [4_230_000, '4.2 Mb/s'],
    [999_960, '1.0 Mb/s'],
    [2_500_000_000, '2.5 Gb/s'],
    [-1, '–'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('writes %d bits per second as %s', (bits, text) => {
    expect(formatBitRate(bits)).toBe(text);
  });

  it('writes bytes with their unit', () => {
    expect(formatBytes(1_310_720)).toBe('1.3 MB');
    expect(formatBytes(12)).toBe('12 B');
  });

  it('never writes four digits unless there is no larger unit', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (value) => {
        expect(formatBitRate(value)).toMatch(/^\d{1,4}(\.\d)? (b|kb|Mb|Gb)\/s$/);
        expect(formatBytes(value)).toMatch(/^\d{1,3}(\.\d)? (B|kB|MB|GB|TB)$/);
      }),
    );
  });
});

describe('formatShare', () => {
  it.each([
    [0, 0, '0 %'],
    [1, 3, '33 %'],
    [737, 738, '99 %'],
    [738, 738, '100 %'],
    [9, 8, '100 %'],
  ])('writes %d of %d as %s', (part, whole, text) => {
    expect(formatShare(part, whole)).toBe(text);
  });

  it('never says 100 % before everything is done', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (whole) => {
        expect(formatShare(whole - 1, whole)).not.toBe('100 %');
      }),
    );
  });
});
