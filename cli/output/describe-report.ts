import { formatBytes } from '#cli/output/figures.js';
import type { RungQuality, TitleReport } from '#core/contracts/title-report.js';

const kbps = (bitsPerSecond: number): string => (bitsPerSecond / 1000).toFixed(0);
const signed = (value: number, digits: number): string => (value < 0 ? '' : '+') + value.toFixed(digits);

/** Formats the report for people, at most 120 columns: both ladders, the reasons, the viewer's measure. */
export function describeReport(report: TitleReport): string {
  const hasVmaf = report.metric === 'vmaf';
  const { viewersMeasure: measure } = report;
  const metric = hasVmaf ? 'VMAF' : 'SSIM x 100';
  const saved = measure.bitsSavedShare;
  return [
    `Ladder of title ${report.titleId}`,
    '',
    alignRows([
      ['Rendition', 'size', 'CRF', 'cap', 'average', 'peak kb/s', 'bytes', ...qualityHeads(hasVmaf)],
      ...report.rungs.map((rung) => [
        rung.renditionId,
        `${rung.width}x${rung.height}`,
        String(rung.crf),
        ...[rung.capBitsPerSecond, rung.averageBitsPerSecond, rung.peakBitsPerSecond].map(kbps),
        formatBytes(rung.bytes),
        ...qualityCells(rung.quality, hasVmaf),
      ]),
    ]),
    '',
    'Fixed ladder (HLS Authoring Specification), same encoder and preset',
    '',
    alignRows([
      ['Rung', 'size', 'average', 'peak kb/s', ...qualityHeads(hasVmaf)],
      ...report.fixedLadder.map((rung) => [
        kbps(rung.capBitsPerSecond),
        `${rung.width}x${rung.height}`,
        ...[rung.averageBitsPerSecond, rung.peakBitsPerSecond].map(kbps),
        ...qualityCells(rung.quality, hasVmaf),
      ]),
    ]),
    '',
    'Why',
    ...report.rungs.map(({ renditionId, reason }) => `  ${renditionId}: ${reason}`),
    ...describeOmitted(report.omittedRungs),
    ...describeQuick(report.rungs),
    '',
    `Viewer's measure (40 bandwidths from 250 kb/s to 12 Mb/s, H.264, ${metric})`,
    `  bits delivered   ${kbps(measure.planned.meanBitsPerSecond)} kb/s, fixed ${kbps(measure.fixed.meanBitsPerSecond)} kb/s: ${(Math.abs(saved) * 100).toFixed(0)} % ${saved < 0 ? 'more' : 'fewer'}`,
    `  mean quality     ${measure.planned.meanQuality.toFixed(1)}, fixed ${measure.fixed.meanQuality.toFixed(1)}: ${signed(measure.qualityGain, 1)}`,
    `  worst bandwidth  ${measure.worstDrop === 0 ? 'no loss at any' : `${measure.worstDrop.toFixed(1)} lower at ${kbps(measure.worstDropAtBitsPerSecond)} kb/s`}`,
    `  judged           segments ${report.judgedSegments.join(', ')}`,
    ...(hasVmaf
      ? []
      : [
          '  VMAF             not measured: MILLRACE_VMAF_FFMPEG of the worker must name an ffmpeg with libvmaf',
        ]),
  ].join('\n');
}

/** What players waited for was encoded with cheaper settings, which costs some quality. */
function describeQuick(rungs: TitleReport['rungs']): string[] {
  const quick = rungs.filter(({ quickShare = 0 }) => quickShare > 0);
  if (quick.length === 0) return [];
  const shares = quick.map(
    ({ renditionId, quickShare = 0, quality, quickQuality }) =>
      `  ${renditionId}  ${(quickShare * 100).toFixed(0)} % of the segments${compareQuality(quickQuality, quality)}`,
  );
  return ['', 'Encoded quickly, for players that waited:', ...shares];
}

function compareQuality(quick: RungQuality | undefined, all: RungQuality | undefined): string {
  if (!quick || !all) return '';
  const show = ({ vmaf, ssim }: RungQuality): string =>
    [...(vmaf === undefined ? [] : [`VMAF ${vmaf.toFixed(1)}`]), `SSIM ${ssim.toFixed(4)}`].join(', ');
  return `; of those judged ${show(quick)}, of all judged ${show(all)}`;
}

/** One line per reason: a small source is too small for many rungs of the table. */
function describeOmitted(omitted: TitleReport['omittedRungs']): string[] {
  const groups = new Map<string, TitleReport['omittedRungs']>();
  for (const rung of omitted) {
    const key = `${rung.codec} ${rung.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), rung]);
  }
  return [...groups.values()].flatMap((rungs) => {
    const [first, last] = [rungs[0], rungs.at(-1)];
    if (!first || !last) return [];
    const lines = first.height === last.height ? `${first.height}` : `${first.height} to ${last.height}`;
    const bits = [first, last].map(({ capBitsPerSecond }) => kbps(capBitsPerSecond));
    return `  no ${first.codec}-${lines} at ${[...new Set(bits)].join(' to ')} kb/s: ${first.reason}`;
  });
}

function qualityHeads(hasVmaf: boolean): string[] {
  return [...(hasVmaf ? ['VMAF'] : []), 'SSIM', 'PSNR dB'];
}

function qualityCells(quality: RungQuality | undefined, hasVmaf: boolean): string[] {
  if (!quality) return [...(hasVmaf ? ['-'] : []), '-', '-'];
  return [
    ...(hasVmaf ? [quality.vmaf?.toFixed(1) ?? 'HDR'] : []),
    quality.ssim.toFixed(4),
    quality.psnr.toFixed(1),
  ];
}

function alignRows(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number): string =>
    column < 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => `  ${row.map(cell).join('  ').trimEnd()}`).join('\n');
}
