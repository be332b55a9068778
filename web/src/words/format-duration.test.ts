import { describe, expect, it } from 'vitest';
import { formatDuration, formatSeconds, formatTimecode } from '#web/words/format-duration.js';

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
