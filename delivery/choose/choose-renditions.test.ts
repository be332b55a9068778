import { describe, expect, it } from 'vitest';
import { writePublicationMultivariant } from '#core/hls/publication/write-publication-multivariant.js';
import { chooseRenditions } from '#delivery/choose/choose-renditions.js';
import { unknownDevice } from '#delivery/client/device.js';
import { sampleAudio, samplePublication, sampleRung, sampleRungs } from '#fixtures/sample-publication.js';

const viewer = {
  device: unknownDevice,
  bandwidth: { bitsPerSecond: 2_500_000, source: 'device class' as const },
  saveData: false,
  languages: [],
};
const allCodecs = { ...unknownDevice, codecs: ['h264', 'hevc', 'av1'] as const };

const mixed = [
  sampleRung('h264', 360, 700_000),
  sampleRung('h264', 1080, 6_500_000),
  sampleRung('hevc', 1080, 4_000_000),
  sampleRung('av1', 1080, 3_000_000),
  sampleRung('av1', 2160, 9_000_000),
];

describe('chooseRenditions', () => {
  it('offers an unknown device H.264 up to 1080p and starts near 2000 kb/s', () => {
    const { plan } = samplePublication({ rungs: [...sampleRungs, ...mixed.slice(2)] });
    const decision = chooseRenditions(plan, undefined, viewer);
    expect(decision.renditionIds).toEqual(sampleRungs.map((rung) => rung.renditionId));
    expect(decision.firstRenditionId).toBe('h264-540');
    expect(decision.dropped.map(({ renditionId, reason }) => [renditionId, reason.split(':')[0]])).toEqual([
      ['hevc-1080', 'codec'],
      ['av1-1080', 'codec'],
      ['av1-2160', 'codec'],
    ]);
  });

  it('starts with the preferred codec if the device decodes several', () => {
    const { plan } = samplePublication({ rungs: mixed });
    const rich = {
      ...viewer,
      device: allCodecs,
      bandwidth: { bitsPerSecond: 8e6, source: 'player' as const },
    };
    const decision = chooseRenditions(plan, undefined, rich);
    expect(decision.firstRenditionId).toBe('av1-1080');
    expect(decision.dropped).toEqual([
      { renditionId: 'av1-2160', reason: 'height: 2160 lines, more than the 1080 that the device uses' },
    ]);
  });

  it.each([
    { name: 'declared', isMeasured: false },
    { name: 'measured', isMeasured: true },
  ])('compares the $name BANDWIDTH of the playlist itself', ({ isMeasured }) => {
    const { plan, measurement } = samplePublication();
    const figures = isMeasured ? measurement : undefined;
    const playlist = writePublicationMultivariant(plan, figures);
    const variants = [...playlist.matchAll(/[:,]BANDWIDTH=(\d+),.*STABLE-VARIANT-ID="([^"]+)"/g)];
    expect(variants).toHaveLength(sampleRungs.length);
    const firstAt = (usableBitsPerSecond: number): string | undefined => {
      const bandwidth = { bitsPerSecond: usableBitsPerSecond / 0.8, source: 'player' as const };
      return chooseRenditions(plan, figures, { ...viewer, bandwidth }).firstRenditionId;
    };
    for (const [, declared, renditionId] of variants) {
      expect(firstAt(Number(declared) + 1)).toBe(renditionId);
      if (renditionId !== 'h264-234') expect(firstAt(Number(declared) - 1)).not.toBe(renditionId);
    }
  });

  it('starts higher once measured bandwidths come out below the declared ones', () => {
    const { plan, measurement } = samplePublication();
    // 720p with its audio: 3,340,800 declared, 2,995,200 measured.
    const between = { ...viewer, bandwidth: { bitsPerSecond: 3_000_000 / 0.8, source: 'player' as const } };
    expect(chooseRenditions(plan, undefined, between).firstRenditionId).toBe('h264-540');
    expect(chooseRenditions(plan, measurement, between).firstRenditionId).toBe('h264-720');
  });

  it('starts with the smallest variant if none fits', () => {
    const { plan } = samplePublication();
    const slow = { ...viewer, bandwidth: { bitsPerSecond: 50_000, source: 'browser' as const } };
    expect(chooseRenditions(plan, undefined, slow).firstRenditionId).toBe('h264-234');
  });

  it.each([
    { name: 'up to 540p', rungs: sampleRungs, kept: ['h264-234', 'h264-360', 'h264-540'] },
    { name: 'only the smallest if all are larger', rungs: sampleRungs.slice(3), kept: ['h264-720'] },
  ])('offers $name with Save-Data', ({ rungs, kept }) => {
    const { plan } = samplePublication({ rungs });
    expect(chooseRenditions(plan, undefined, { ...viewer, saveData: true }).renditionIds).toEqual(kept);
  });

  it('compares the shorter side of portrait video with the device limit', () => {
    const portrait = { ...sampleRung('h264', 1920, 6_500_000), width: 1080 };
    const { plan } = samplePublication({ rungs: [portrait] });
    expect(chooseRenditions(plan, undefined, viewer).renditionIds).toEqual(['h264-1920']);
  });

  it('offers HDR only to devices that display it', () => {
    const hdr = { ...sampleRung('hevc', 1080, 5_000_000), videoRange: 'PQ' as const };
    const { plan } = samplePublication({ rungs: [sampleRung('h264', 360, 700_000), hdr] });
    const offeredTo = (device: { hdr: boolean }): string[] =>
      chooseRenditions(plan, undefined, { ...viewer, device: { ...allCodecs, ...device } }).renditionIds;
    expect(offeredTo({ hdr: false })).toEqual(['h264-360']);
    expect(offeredTo({ hdr: true })).toEqual(['h264-360', 'hevc-1080']);
  });

  it('offers nothing, with a reason for each rendition, to a device that decodes none', () => {
    const { plan } = samplePublication();
    const decision = chooseRenditions(plan, undefined, {
      ...viewer,
      device: { ...unknownDevice, codecs: ['av1'] },
    });
    expect(decision).toMatchObject({ renditionIds: [], firstRenditionId: undefined });
    expect(decision.dropped).toHaveLength(sampleRungs.length);
  });

  it.each([
    { languages: ['de-ch', 'en'], audio: 'de-2' },
    { languages: ['fr', 'en-gb'], audio: 'en-2' },
    { languages: ['fr'], audio: undefined },
  ])('marks $audio as default for $languages', ({ languages, audio }) => {
    const { plan } = samplePublication({ audio: [sampleAudio('en', true), sampleAudio('de', false)] });
    expect(chooseRenditions(plan, undefined, { ...viewer, languages }).defaultAudioId).toBe(audio);
  });
});
