import { describe, expect, it } from 'vitest';
import { nameRenditions } from '#web/player/name-renditions.js';
import type { RenditionChoice } from '#web/telemetry/telemetry.js';

const rendition = (
  index: number,
  height: number,
  fields: Partial<RenditionChoice> = {},
): RenditionChoice => ({
  index,
  width: Math.round((height * 16) / 9),
  height,
  codec: 'H.264 High 3.1',
  bitsPerSecond: height * 3_000,
  framesPerSecond: 24,
  ...fields,
});

describe('nameRenditions', () => {
  it('lists the best first, in any order of the player', () => {
    const names = nameRenditions([rendition(0, 480), rendition(1, 720), rendition(2, 270)]);
    expect(names.map(({ index, short }) => [index, short])).toEqual([
      [1, '720p'],
      [0, '480p'],
      [2, '270p'],
    ]);
  });

  it('distinguishes two renditions of one height by bit rate', () => {
    const names = nameRenditions([
      rendition(0, 720, { bitsPerSecond: 1_500_000 }),
      rendition(1, 720, { bitsPerSecond: 3_000_000 }),
    ]);
    expect(names.map(({ name }) => name)).toEqual(['720p · 3.0 Mb/s', '720p · 1.5 Mb/s']);
  });

  it('names the codec only if there are several', () => {
    const names = nameRenditions([
      rendition(0, 720),
      rendition(1, 720, { codec: 'HEVC', bitsPerSecond: 1_000_000 }),
    ]);
    expect(names.map(({ name }) => name)).toEqual(['720p H.264 · 2.2 Mb/s', '720p HEVC · 1.0 Mb/s']);
  });

  it('names portrait video by its shorter side', () => {
    expect(nameRenditions([rendition(0, 1280, { width: 720 })])[0]?.short).toBe('720p');
  });
});
