import { describe, expect, it } from 'vitest';
import { nameCodec } from '#web/words/name-codec.js';

describe('codecName', () => {
  it.each([
    ['avc1.64001f', 'H.264 High 3.1'],
    ['avc1.640028', 'H.264 High 4.0'],
    ['avc1.4D401E', 'H.264 Main 3.0'],
    ['avc1.42c00d', 'H.264 Baseline 1.3'],
    ['avc1.f40028', 'H.264 4.0'],
    ['avc1', 'H.264'],
    ['avc1.zz', 'H.264'],
    ['hvc1.1.6.L93.B0', 'HEVC'],
    ['av01.0.05M.08', 'AV1'],
    ['vp09.00.10.08', 'VP9'],
    ['mp4a.40.2', 'AAC'],
    ['mp4a.6b', 'mp4a.6b'],
    ['ec-3', 'Dolby Digital Plus'],
    ['xyz9.1', 'xyz9.1'],
    ['', ''],
  ])('names %s "%s"', (codecString, name) => {
    expect(nameCodec(codecString)).toBe(name);
  });
});
