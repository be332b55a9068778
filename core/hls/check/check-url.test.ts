import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckReport } from '#core/hls/check/check-publication.js';
import { type CheckUrlOptions, checkUrl } from '#core/hls/check/check-url.js';
import { writePublicationMultivariant } from '#core/hls/publication/write-publication-multivariant.js';
import { copyOf, type HlsPublication, makeHlsPublication } from '#fixtures/hls/hls-publication.js';
import { type Misbehaviour, useHlsServers } from '#fixtures/hls/hls-server.js';
import { addSubtitles } from '#fixtures/hls/subtitles.js';

let good: HlsPublication;
beforeAll(async () => {
  good = await makeHlsPublication();
});

const serve = useHlsServers();

async function checkGood(misbehave?: Misbehaviour, options: CheckUrlOptions = {}): Promise<CheckReport> {
  const { url } = await serve(good.files, misbehave);
  return checkUrl(`${url}multivariant.m3u8`, options);
}

describe('checkUrl', () => {
  it('finds nothing in our own publication, and reads all of it', async () => {
    const { findings, figures, notes } = await checkGood();
    expect(findings).toEqual([]);
    expect(notes).toEqual([]);
    expect(figures).toMatchObject({ renditions: 5, segments: 23, segmentsRead: 23 });
  });

  it('accepts WebVTT that is served as plain text', async () => {
    const withSubtitles = copyOf(good);
    addSubtitles(withSubtitles, {});
    const { url } = await serve(withSubtitles.files, (path, response) => {
      if (path !== 's/en/00000.vtt') return false;
      response.setHeader('content-type', 'text/plain').end(withSubtitles.files.get(path));
      return true;
    });
    const { findings } = await checkUrl(`${url}multivariant.m3u8`);
    expect(findings).toEqual([]);
  });

  it('accepts a server that answers range requests with the whole file', async () => {
    const { findings } = await checkGood((path, _response, request) => {
      if (path.endsWith('.m4s')) delete request.headers.range;
      return false;
    });
    expect(findings).toEqual([]);
  });

  it('resolves relative URIs against the address after redirects', async () => {
    const { url } = await serve(good.files, (path, response) => {
      if (path === 'films/play') response.writeHead(302, { location: '/multivariant.m3u8' }).end();
      return path === 'films/play';
    });
    const { findings, figures } = await checkUrl(`${url}films/play`);
    expect(findings).toEqual([]);
    expect(figures.segmentsRead).toBe(23);
  });

  it('notes that a title is still being encoded', async () => {
    const text = writePublicationMultivariant(good.plan, undefined);
    const { url } = await serve(new Map(good.files).set('multivariant.m3u8', Buffer.from(text)));
    const { findings, notes } = await checkUrl(`${url}multivariant.m3u8`);
    expect(findings).toEqual([]);
    expect(notes.join()).toMatch(/the title is still being encoded: its bandwidths are upper bounds/);
  });

  it('reads a limited number of segments and notes it', async () => {
    const { notes, figures } = await checkGood(undefined, { maxSegmentsPerRendition: 2 });
    expect(figures.segmentsRead).toBe(10);
    expect(notes).toContain('rendition h264-90: 2 of its 3 segments were read');
    expect(notes).toContain('bandwidths were not measured: not all segments of every rendition were read');
  });

  it('reports progress up to the last resource', async () => {
    const seen: { resourcesRead: number; resourcesFound: number }[] = [];
    await checkGood(undefined, { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toMatchObject({ resourcesRead: seen.length, resourcesFound: seen.length });
  });

  it('stops when the caller aborts', async () => {
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    await expect(checkGood(undefined, { signal: controller.signal, onProgress })).rejects.toThrow(/abort/);
  });
});
