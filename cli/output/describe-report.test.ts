import { expect, it } from 'vitest';
import { describeReport } from '#cli/output/describe-report.js';
import type { TitleReport } from '#core/contracts/title-report.js';

const rung = {
  renditionId: 'h264-360',
  codec: 'h264' as const,
  ...{ width: 640, height: 360, crf: 21.5, bytes: 90_000, reason: '640x360: because' },
  ...{ capBitsPerSecond: 365_000, averageBitsPerSecond: 300_000, peakBitsPerSecond: 350_000 },
  quality: { ssim: 0.98, psnr: 41, vmaf: 93.25 },
};
const hdrRung = {
  ...rung,
  renditionId: 'hevc-360',
  codec: 'hevc' as const,
  quality: { ssim: 0.97, psnr: 40 },
};
const measure = { meanQuality: 90, meanBitsPerSecond: 300_000 };
const neverUpscaled = 'the source is 640x360: never upscaled';
const omitted = (codec: 'h264' | 'av1', height: number, capBitsPerSecond: number, reason: string) => ({
  ...{ codec, height, capBitsPerSecond, reason },
});

const report = {
  titleId: '018f0000-0000-7000-8000-000000000000',
  metric: 'vmaf',
  judgedSegments: [0, 3],
  rungs: [rung, hdrRung],
  omittedRungs: [
    omitted('h264', 432, 1_100_000, neverUpscaled),
    omitted('h264', 540, 2_000_000, neverUpscaled),
    omitted('h264', 2160, 20_000_000, neverUpscaled),
    omitted('h264', 360, 730_000, 'only 20 kb/s more than the rung below'),
    omitted('av1', 540, 900_000, neverUpscaled),
  ],
  fixedLadder: [rung],
  viewersMeasure: {
    ...{ planned: measure, fixed: { ...measure, meanBitsPerSecond: 400_000 } },
    ...{ bitsSavedShare: 0.25, qualityGain: 0, worstDrop: 0, worstDropAtBitsPerSecond: 250_000 },
  },
} as unknown as TitleReport;

const lines = describeReport(report).split('\n');

it('groups rungs that are omitted for the same reason', () => {
  expect(lines.filter((line) => line.startsWith('  no '))).toEqual([
    `  no h264-432 to 2160 at 1100 to 20000 kb/s: ${neverUpscaled}`,
    '  no h264-360 at 730 kb/s: only 20 kb/s more than the rung below',
    `  no av1-540 at 900 kb/s: ${neverUpscaled}`,
  ]);
});

it('shows HDR instead of VMAF, which has no HDR model', () => {
  expect(lines.find((line) => line.includes('hevc-360 '))).toMatch(/HDR +0\.9700 +40\.0$/);
  expect(lines.find((line) => line.includes('h264-360 '))).toMatch(/93\.3 +0\.9800 +41\.0$/);
});

it('shows the bits saved, and that no bandwidth loses quality', () => {
  expect(lines).toContain('  bits delivered   300 kb/s, fixed 400 kb/s: 25 % fewer');
  expect(lines).toContain('  worst bandwidth  no loss at any');
});

it('shows the share of segments that were encoded quickly, only where there are any', () => {
  expect(lines.filter((line) => line.startsWith('Encoded quickly'))).toEqual([]);
  const quick = { ...report, rungs: [{ ...rung, quickShare: 0.125 }, hdrRung] };
  expect(describeReport(quick)).toContain(
    'Encoded quickly, for players that waited:\n  h264-360  13 % of the segments\n',
  );
});

it('shows the quality of segments that were encoded quickly, beside that of all', () => {
  const quickQuality = { ssim: 0.96, psnr: 39 };
  const quick = { ...report, rungs: [{ ...rung, quickShare: 0.125, quickQuality }] };
  expect(describeReport(quick)).toContain(
    'h264-360  13 % of the segments; of those judged SSIM 0.9600, of all judged VMAF 93.3, SSIM 0.9800',
  );
});
