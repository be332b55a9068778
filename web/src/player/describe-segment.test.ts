import { describe, expect, it } from 'vitest';
import { describeSegment, findHeader, type LoadedSegment } from '#web/player/describe-segment.js';

const publicationId = '0193a1b2-c3d4-7e5f-8a6b-000000000001-g1';
const loaded: LoadedSegment = {
  url: `http://127.0.0.1:4801/m/1.k.x.y.z/${publicationId}/v/h264-720/00041.m4s?CMCD=x`,
  headers: 'content-type: video/mp4\r\nCache-Status: paris; hit\r\n',
  isAudio: false,
  bytes: 10,
  elapsedMs: 5,
  pathwayId: 'paris',
  atMs: 1,
};

describe('describeSegment', () => {
  it('reads rendition, number, host and cache outcome', () => {
    expect(describeSegment(loaded)).toEqual({
      atMs: 1,
      kind: 'video',
      renditionId: 'h264-720',
      segmentIndex: 41,
      bytes: 10,
      elapsedMs: 5,
      host: '127.0.0.1:4801',
      pathwayId: 'paris',
      outcome: 'hit',
    });
  });

  it.each([
    ['a path of another layout', 'https://cdn.example.org/x/y.ts', 'video', undefined],
    ['an init segment', 'https://e.example.org/m/t/p/v/h264-720/init.mp4', 'h264-720', undefined],
    ['a number beyond five digits', 'https://e.example.org/m/t/p/v/h264-720/123456.m4s', 'h264-720', 123_456],
  ])('describes %s', (_, url, renditionId, segmentIndex) => {
    expect(describeSegment({ ...loaded, url, headers: '' })).toMatchObject({
      renditionId,
      segmentIndex,
      outcome: 'unknown',
    });
  });
});

describe('findHeader', () => {
  it('ignores case and missing headers', () => {
    expect(findHeader('Age: 3\r\ncache-status: a; hit', 'cache-status')).toBe('a; hit');
    expect(findHeader('age: 3', 'cache-status')).toBeUndefined();
  });
});
