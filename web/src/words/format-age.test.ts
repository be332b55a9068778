import { describe, expect, it } from 'vitest';
import { formatAge } from '#web/words/format-age.js';

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
