import { describe, expect, it } from 'vitest';
import { sampleRung } from '#fixtures/sample-publication.js';
import { av1MemoryBytes, encodeRuns } from '#workers/ffmpeg/encode-memory.js';

const ladder = (codec: 'h264' | 'hevc' | 'av1', heights: readonly number[]) =>
  heights.map((height) => sampleRung(codec, height, 1_000_000));
const upTo1080 = [234, 360, 432, 540, 720, 720, 1080, 1080];

describe('encodeRuns', () => {
  it.each([
    ['no rung', 'av1', [], []],
    ['AV1 up to 1080p', 'av1', upTo1080, [upTo1080]],
    ['AV1 up to 2160p', 'av1', [...upTo1080, 1440, 2160, 2160], [upTo1080, [1440], [2160], [2160]]],
    ['AV1 larger than any', 'av1', [4320], [[4320]]],
    ['HEVC up to 2160p', 'hevc', [...upTo1080, 1440, 2160, 2160], [[...upTo1080, 1440, 2160, 2160]]],
  ] as const)('%s', (_name, codec, heights, runs) => {
    expect(encodeRuns(ladder(codec, heights)).map((run) => run.map(({ height }) => height))).toEqual(runs);
  });
});

it('adds the address space that AV1 encoders reserve, and none for other codecs', () => {
  const gibibyte = 2 ** 30;
  expect(av1MemoryBytes(ladder('hevc', upTo1080))).toBe(0);
  const forLadder = 8 + av1MemoryBytes(ladder('av1', upTo1080)) / gibibyte;
  expect(forLadder).toBeGreaterThan(16);
  expect(forLadder).toBeLessThan(24);
});
