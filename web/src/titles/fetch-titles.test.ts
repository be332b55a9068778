import { describe, expect, it } from 'vitest';
import { titleIdSchema } from '#core/contracts/ids.js';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { appendTitles, mergeTitles, playlistUrlOf, samePagePlaylistUrl } from '#web/titles/fetch-titles.js';

const title = (number: number, state: TitleSummary['state'] = 'ready'): TitleSummary => ({
  titleId: titleIdSchema.parse(`0193a1b2-c3d4-7e5f-8a6b-${String(number).padStart(12, '0')}`),
  name: `video ${number}`,
  state,
  createdAt: '2026-01-01T00:00:00.000Z',
  progress: { segmentsStored: 0, segmentsTotal: 0 },
});
const names = (titles: TitleSummary[]): string[] => titles.map((each) => each.name);

describe('mergeTitles', () => {
  it('updates known titles and puts new ones on top', () => {
    const merged = mergeTitles([title(2, 'queued'), title(1)], [title(3), title(2, 'ready'), title(1)], true);
    expect(names(merged)).toEqual(['video 3', 'video 2', 'video 1']);
    expect(merged[1]?.state).toBe('ready');
  });

  it('keeps the older titles of further pages', () => {
    const merged = mergeTitles(
      [title(4), title(3), title(2), title(1)],
      [title(5), title(4), title(3)],
      false,
    );
    expect(names(merged)).toEqual(['video 5', 'video 4', 'video 3', 'video 2', 'video 1']);
  });

  it('removes a title that was deleted from the first page', () => {
    const merged = mergeTitles([title(4), title(3), title(2), title(1)], [title(4), title(2)], false);
    expect(names(merged)).toEqual(['video 4', 'video 2', 'video 1']);
  });

  it('is empty when the library is', () => {
    expect(mergeTitles([title(1)], [], true)).toEqual([]);
  });
});

describe('appendTitles', () => {
  it('shows a title once that is on two pages', () => {
    expect(names(appendTitles([title(3), title(2)], [title(2), title(1)]))).toEqual([
      'video 3',
      'video 2',
      'video 1',
    ]);
  });
});

const titleId = titleIdSchema.parse('0193a1b2-c3d4-7e5f-8a6b-000000000001');
const page = `http://localhost:8080/watch/${titleId}`;

describe('playlist addresses', () => {
  it('returns the public address that delivery reported', () => {
    const playlistUrl = `https://videos.example.org/play/${titleId}.m3u8`;
    expect(playlistUrlOf({ titleId, playlistUrl }, page)).toBe(playlistUrl);
    expect(playlistUrlOf({ titleId }, page)).toBe(`http://localhost:8080/play/${titleId}.m3u8`);
  });

  it("replaces the origin with the page's own, keeping path and query", () => {
    expect(samePagePlaylistUrl(`http://127.0.0.1:9/play/${titleId}.m3u8?key=1`, page)).toBe(
      `http://localhost:8080/play/${titleId}.m3u8?key=1`,
    );
  });
});
