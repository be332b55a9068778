import { describe, expect, it } from 'vitest';
import type { Plan } from '#core/contracts/plan.js';
import { segmentFile } from '#core/contracts/publication-layout.js';
import {
  countMegapixels,
  defaultEncodeSpeeds,
  type EncodeSpeed,
  type EncodeSpeeds,
} from '#core/queue/encode-speeds.js';
import { StoredSegments, storedBitOf } from '#core/titles/stored-segments.js';
import { chooseRenditions } from '#delivery/choose/choose-renditions.js';
import { unknownDevice } from '#delivery/client/device.js';
import { samplePublication, sampleRung, sampleRungs } from '#fixtures/sample-publication.js';

const viewer = {
  device: unknownDevice,
  bandwidth: { bitsPerSecond: 10_000_000, source: 'player' as const },
  saveData: false,
  languages: [],
};
const allCodecs = { ...viewer, device: { ...unknownDevice, codecs: ['h264', 'hevc', 'av1'] as const } };
const { plan } = samplePublication();
const { segmentCount } = plan.grid;

/** Speeds at which a segment of the plan's `height` takes `seconds`, without startup. */
function speedOf(height: number, seconds: number): EncodeSpeed {
  const frames = { first: 0, end: plan.grid.segmentFrames };
  const megapixels = countMegapixels(plan, sampleRung('h264', height, 1), frames);
  return { megapixelsPerSecond: megapixels / seconds, startupSeconds: 0, measuredAtMs: 0 };
}

const speeds = (h264: EncodeSpeed, others: Partial<EncodeSpeeds> = {}): EncodeSpeeds => ({
  ...defaultEncodeSpeeds,
  h264,
  ...others,
});

/** Marks the first `count` segments of each rendition as stored. */
function storedOf(of: Plan, counts: Record<string, number> = {}): StoredSegments {
  const bits = new Uint8Array(Math.ceil((of.rungs.length * segmentCount) / 8));
  for (const [renditionId, count] of Object.entries(counts)) {
    for (let index = 0; index < count; index += 1) {
      const bit = storedBitOf(of, `v/${renditionId}/${segmentFile(index)}`) ?? 0;
      bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
    }
  }
  return new StoredSegments(of, bits);
}

describe('chooseRenditions for a title that is still being encoded', () => {
  it('offers rungs whose segments take at most half their duration, and says why not the others', () => {
    const readiness = {
      speeds: speeds(speedOf(720, 2.99)),
      stored: storedOf(plan, { 'h264-540': 2, 'h264-720': 2, 'h264-1080': 2 }),
    };
    const decision = chooseRenditions(plan, undefined, viewer, readiness);
    expect(decision.renditionIds).toEqual(['h264-234', 'h264-360', 'h264-540', 'h264-720']);
    expect(decision.dropped).toEqual([
      {
        renditionId: 'h264-1080',
        reason: expect.stringMatching(
          /^speed: a segment takes about [45]\.\d s to encode, more than 3\.0 s; 2 of 100 segments are stored$/,
        ),
      },
    ]);
  });

  it('allows two seconds for the segments of a rung whose start is not stored', () => {
    const readiness = { speeds: speeds(speedOf(720, 2.01)), stored: storedOf(plan, { 'h264-720': 1 }) };
    const decision = chooseRenditions(plan, undefined, viewer, readiness);
    expect(decision.renditionIds).toEqual(['h264-234', 'h264-360', 'h264-540']);
    expect(decision.dropped[0]?.reason).toContain('2.0 s to encode, more than 2.0 s; 1 of 100 segments');
  });

  it('offers every rung whose segments are all stored, however slow', () => {
    const stored = storedOf(plan, {
      'h264-540': 2,
      'h264-720': segmentCount - 1,
      'h264-1080': segmentCount,
    });
    const readiness = { speeds: speeds(speedOf(540, 2.5)), stored };
    const { renditionIds, dropped } = chooseRenditions(plan, undefined, viewer, readiness);
    expect(renditionIds).toEqual(['h264-234', 'h264-360', 'h264-540', 'h264-1080']);
    expect(dropped[0]?.reason).toContain('99 of 100 segments are stored');
  });

  it('always offers the lowest H.264 rung, with a note if even it is too slow', () => {
    const readiness = { speeds: speeds(speedOf(234, 20)), stored: storedOf(plan) };
    const decision = chooseRenditions(plan, undefined, viewer, readiness);
    expect(decision.renditionIds).toEqual(['h264-234']);
    expect(decision.firstRenditionId).toBe('h264-234');
    expect(decision.notes[0]).toMatch(/^h264-234 is offered although it may stall \(speed: .* 20\.0 s/);
  });

  it('offers the quickest rung to a device that plays no H.264', () => {
    const mixed = samplePublication({
      rungs: [...sampleRungs, sampleRung('hevc', 1080, 4_000_000), sampleRung('hevc', 360, 500_000)],
    }).plan;
    const readiness = { speeds: speeds(speedOf(234, 20)), stored: storedOf(mixed) };
    const hevcOnly = { ...viewer, device: { ...unknownDevice, codecs: ['hevc'] as const } };
    expect(chooseRenditions(mixed, undefined, hevcOnly, readiness).renditionIds).toEqual(['hevc-360']);
  });

  it('judges each codec by its own speed', () => {
    const mixed = samplePublication({ rungs: [...sampleRungs, sampleRung('hevc', 540, 1_200_000)] }).plan;
    const offeredAt = (hevc: EncodeSpeed): string[] =>
      chooseRenditions(mixed, undefined, allCodecs, {
        speeds: speeds(speedOf(1080, 1), { hevc }),
        stored: storedOf(mixed),
      }).renditionIds;
    expect(offeredAt(speedOf(540, 9))).not.toContain('hevc-540');
    expect(offeredAt(speedOf(540, 2))).toContain('hevc-540');
  });

  it('starts with the highest fitting rung whose segment comes within a second', () => {
    const readiness = { speeds: speeds(speedOf(540, 0.99)), stored: storedOf(plan) };
    const decision = chooseRenditions(plan, undefined, viewer, readiness);
    expect(decision.renditionIds).toContain('h264-720');
    expect(decision.firstRenditionId).toBe('h264-540');
    expect(decision.notes).toEqual([]);
    const slow = { ...viewer, bandwidth: { ...viewer.bandwidth, bitsPerSecond: 1_200_000 } };
    expect(chooseRenditions(plan, undefined, slow, readiness).firstRenditionId).toBe('h264-360');
  });

  it('starts with a rung whose first segments are stored, even if the others take longer', () => {
    const readiness = (count: number) => ({
      speeds: speeds(speedOf(720, 2.5)),
      stored: storedOf(plan, { 'h264-720': count }),
    });
    expect(chooseRenditions(plan, undefined, viewer, readiness(2)).firstRenditionId).toBe('h264-720');
    expect(chooseRenditions(plan, undefined, viewer, readiness(1)).firstRenditionId).not.toBe('h264-720');
  });

  it('starts with the lowest H.264 rung, and says so, if no rung comes within a second', () => {
    const readiness = { speeds: speeds(speedOf(234, 1.5)), stored: storedOf(plan, { 'h264-1080': 2 }) };
    const slow = { ...viewer, bandwidth: { ...viewer.bandwidth, bitsPerSecond: 2_000_000 } };
    const decision = chooseRenditions(plan, undefined, slow, readiness);
    expect(decision.firstRenditionId).toBe('h264-234');
    expect(decision.notes).toEqual([expect.stringContaining('h264-234 is first')]);
  });

  it('offers every rung of a title whose one segment comes within a second', () => {
    const short = { ...plan, grid: { ...plan.grid, frameCount: 24, segmentCount: 1 } };
    const readiness = { speeds: speeds(speedOf(1080, 5)), stored: new StoredSegments(short) };
    const { renditionIds } = chooseRenditions(short, undefined, viewer, readiness);
    expect(renditionIds).toEqual(sampleRungs.map(({ renditionId }) => renditionId));
  });

  it('never drops a rendition without a reason, nor the first one', () => {
    for (const seconds of [0.1, 0.5, 1, 3, 10, 100]) {
      const readiness = { speeds: speeds(speedOf(360, seconds)), stored: storedOf(plan, { 'h264-540': 2 }) };
      for (const saveData of [true, false]) {
        const decision = chooseRenditions(plan, undefined, { ...viewer, saveData }, readiness);
        expect(decision.renditionIds.length + decision.dropped.length).toBe(sampleRungs.length);
        expect(decision.renditionIds).toContain(decision.firstRenditionId);
      }
    }
  });
});
