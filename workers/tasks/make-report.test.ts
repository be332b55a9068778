import { expect, it } from 'vitest';
import { quickFigures } from '#workers/tasks/make-report.js';

const judged = (segmentIndex: number, ssim: number) => ({
  segmentIndex,
  planned: new Map([['h264-360', { bytes: 1000, quality: { ssim, psnr: 40 } }]]),
});
const rung = { renditionId: 'h264-360' };

it('reports the quality of the quick segments that were judged, apart from the others', () => {
  const figures = quickFigures(
    rung,
    [judged(1, 0.9), judged(3, 0.94), judged(5, 0.99)],
    8,
    new Set([0, 1, 3]),
  );
  expect(figures.quickShare).toBe(3 / 8);
  expect(figures.quickQuality?.ssim).toBeCloseTo(0.92);
});

it('reports no quality if no quick segment was judged', () => {
  expect(quickFigures(rung, [judged(1, 0.9)], 8, new Set([0]))).toEqual({ quickShare: 1 / 8 });
});
