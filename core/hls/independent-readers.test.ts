import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { getOptions, parse, setOptions } from 'hls-parser';
import { HLS_FORMATS, Input, UrlSource } from 'mediabunny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gridSeconds } from '#core/contracts/segment-grid.js';
import { type HlsPublication, makeHlsPublication } from '#fixtures/hls/hls-publication.js';
import { type HlsServer, serveHls } from '#fixtures/hls/hls-server.js';

const run = promisify(execFile);

let publication: HlsPublication;
let server: HlsServer;
let url: string;
beforeAll(async () => {
  publication = await makeHlsPublication();
  server = await serveHls(publication.files);
  url = `${server.url}multivariant.m3u8`;
});
afterAll(() => server.close());

describe('the playlists of a publication', () => {
  it('parse in the strict mode of hls-parser', () => {
    const before = getOptions();
    setOptions({ strictMode: true });
    try {
      for (const [path, bytes] of publication.files) {
        if (path.endsWith('.m3u8')) expect(() => parse(bytes.toString()), path).not.toThrow();
      }
    } finally {
      setOptions({ strictMode: false, ...before });
    }
  });

  it('last as long in mediabunny as in the plan', async () => {
    const input = new Input({ source: new UrlSource(url), formats: HLS_FORMATS });
    try {
      const seconds = gridSeconds(publication.plan.grid);
      const videoTracks = await input.getVideoTracks();
      const areIframes = await Promise.all(videoTracks.map((track) => track.hasOnlyKeyPackets()));
      const audio = await input.getAudioTracks();
      expect(areIframes.filter(Boolean)).toHaveLength(2);
      expect([videoTracks.length, audio.length]).toEqual([4, 1]);
      const video = videoTracks.filter((_, index) => !areIframes[index]);
      for (const track of video) expect(await track.computeDuration()).toBeCloseTo(seconds, 3);
      // AAC frames are whole: audio runs over by at most one.
      for (const track of audio) {
        const over = (await track.computeDuration()) - seconds;
        expect(over).toBeGreaterThanOrEqual(0);
        expect(over).toBeLessThan(1024 / 48_000);
      }
    } finally {
      input.dispose();
    }
  });

  it('decode in ffmpeg to the exact frame count, from time zero, without a warning', async () => {
    const show = 'stream=codec_type,nb_read_frames,start_time,width';
    const { stdout, stderr } = await run('ffprobe', [
      '-v',
      'warning',
      '-count_frames',
      '-show_entries',
      show,
      '-of',
      'json',
      url,
    ]);
    const { streams } = JSON.parse(stdout) as { streams: Record<string, string>[] };
    const video = streams.filter((stream) => stream['codec_type'] === 'video');
    const frames = String(publication.plan.grid.frameCount);
    expect(video.map((stream) => stream['nb_read_frames'])).toEqual([frames, frames]);
    expect(video.map((stream) => Number(stream['start_time']))).toEqual([0, 0]);
    expect(stderr).toBe('');
  });
});
