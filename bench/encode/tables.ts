import type { LadderResult } from '#bench/encode/compare-ladder.js';

/** Rows as aligned text, the first one a heading; figures to the right. */
export function alignTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const points = (value: number): string => (value < 0 ? '' : '+') + value.toFixed(1);
const kbps = (bitsPerSecond: number): string => (bitsPerSecond / 1000).toFixed(0);

export function ladderTable(results: readonly LadderResult[]): string {
  const mean = (value: (result: LadderResult) => number): number =>
    results.reduce((sum, result) => sum + value(result), 0) / Math.max(1, results.length);
  return alignTable([
    [
      ...['viewer’s measure', 'kb/s', 'fixed', 'saved', 'VMAF', 'fixed', 'gain', 'worst', 'at kb/s'],
      ...['search saves', 'gain', 'worst'],
    ],
    ...results.map((result) => {
      const { plannedAgainstFixed: against, searchedAgainstFixed: searched } = result;
      return [
        result.clip,
        kbps(result.plannedMeasure.meanBitsPerSecond),
        kbps(result.fixedMeasure.meanBitsPerSecond),
        percent(against.bitsSavedShare),
        result.plannedMeasure.meanQuality.toFixed(1),
        result.fixedMeasure.meanQuality.toFixed(1),
        points(against.qualityGain),
        against.worstDrop.toFixed(1),
        kbps(against.worstDropAtBitsPerSecond),
        searched ? percent(searched.bitsSavedShare) : '',
        searched ? points(searched.qualityGain) : '',
        searched ? searched.worstDrop.toFixed(1) : '',
      ];
    }),
    [
      ...['mean', '', '', percent(mean(({ plannedAgainstFixed }) => plannedAgainstFixed.bitsSavedShare)), ''],
      ...['', points(mean(({ plannedAgainstFixed }) => plannedAgainstFixed.qualityGain)), '', ''],
      ...(results.every(({ searchedAgainstFixed }) => searchedAgainstFixed)
        ? [
            percent(mean(({ searchedAgainstFixed }) => searchedAgainstFixed?.bitsSavedShare ?? 0)),
            points(mean(({ searchedAgainstFixed }) => searchedAgainstFixed?.qualityGain ?? 0)),
            '',
          ]
        : ['', '', '']),
    ],
  ]);
}
