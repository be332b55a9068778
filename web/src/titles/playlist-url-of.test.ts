import { describe, expect, it } from 'vitest';
import { titleIdSchema } from '#core/contracts/ids.js';
import { playlistUrlOf, samePagePlaylistUrl } from '#web/titles/playlist-url-of.js';

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
