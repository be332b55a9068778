import { describe, expect, it } from 'vitest';
import { compareLadders, judgedBandwidths, viewersMeasure } from '#planning/ladder/viewers-measure.js';

const rung = (kilobits: number, quality: number, peak = kilobits) => ({
  averageBitsPerSecond: kilobits * 1000,
  peakBitsPerSecond: peak * 1000,
  quality,
});

describe('viewersMeasure', () => {
  it('judges at 40 log-spaced bandwidths from 250 kb/s to 12 Mb/s', () => {
    expect(judgedBandwidths).toHaveLength(40);
    expect(judgedBandwidths[0]).toBe(250_000);
    expect(judgedBandwidths[39]).toBeCloseTo(12_000_000);
    const ratios = judgedBandwidths
      .slice(1)
      .map((bandwidth, index) => bandwidth / (judgedBandwidths[index] ?? 1));
    expect(Math.max(...ratios)).toBeCloseTo(Math.min(...ratios));
  });

  it('chooses the highest peak that fits 0.8 of each bandwidth', () => {
    const { choices } = viewersMeasure([rung(100, 40), rung(1000, 80), rung(4000, 95)]);
    const given = (kilobits: number) =>
      choices.findLast(({ bandwidthBitsPerSecond }) => bandwidthBitsPerSecond <= kilobits * 1000)?.rung;
    expect(given(1240)?.quality).toBe(40);
    expect(choices.find(({ bandwidthBitsPerSecond }) => bandwidthBitsPerSecond >= 1_250_000)?.rung).toEqual(
      rung(1000, 80),
    );
    expect(given(12_000)).toEqual(rung(4000, 95));
  });

  it('chooses the lowest peak if no rung fits', () => {
    const { choices } = viewersMeasure([rung(900, 80), rung(600, 60, 1200), rung(9000, 95)]);
    expect(choices[0]?.rung).toEqual(rung(900, 80));
  });

  it('chooses by peak, delivers the average', () => {
    const only = viewersMeasure([rung(100, 50, 150)]);
    expect(only.meanBitsPerSecond).toBeCloseTo(100_000);
  });

  it('counts no quality above 95', () => {
    expect(viewersMeasure([rung(100, 99)]).meanQuality).toBeCloseTo(95);
  });

  it('refuses a ladder without rungs', () => {
    expect(() => viewersMeasure([])).toThrow(RangeError);
  });
});

describe('compareLadders', () => {
  it('reports bits saved, quality gained and the largest drop', () => {
    const ours = [rung(150, 60), rung(1500, 90)];
    const fixed = [rung(150, 58), rung(1000, 85), rung(3000, 96)];
    const comparison = compareLadders(ours, fixed);
    expect(comparison.bitsSavedShare).toBeGreaterThan(0);
    // From 1.25 to 1.875 Mb/s the fixed ladder offers its second rung, ours only the first.
    expect(comparison.worstDrop).toBeCloseTo(25);
    expect(comparison.worstDropAtBitsPerSecond).toBeGreaterThanOrEqual(1_250_000);
    expect(comparison.worstDropAtBitsPerSecond).toBeLessThan(1_875_000);
  });

  it('finds no difference between a ladder and itself', () => {
    const ladder = [rung(145, 40), rung(2000, 90)];
    expect(compareLadders(ladder, ladder)).toMatchObject({ bitsSavedShare: 0, qualityGain: 0, worstDrop: 0 });
  });
});
