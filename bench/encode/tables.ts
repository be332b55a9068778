import type { LadderResult } from '#bench/encode/compare-ladder.js';
import { median, type PlanTime } from '#bench/encode/plan-time.js';
import type {
  MemoryResult,
  SlotsResult,
  ThroughputResult,
  ThroughputRound,
} from '#bench/encode/throughput.js';

/** Aligns rows as text. The first row is the heading; numbers are right-aligned. */
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

const seconds = (value: number): string => `${value.toFixed(1)} s`;

/** Medians over the rounds. Ratios are medians of the rounds' ratios. */
export function throughputTable(results: readonly ThroughputResult[]): string {
  return alignTable([
    [
      ...['whole title', 'film', 'rungs', 'times'],
      ...['wall', 'one ffmpeg', 'ratio', 'CPU', 'one ffmpeg', 'ratio', 'without planning'],
    ],
    ...results.map(({ clip, clipSeconds, rungs, rounds }) => {
      const middle = (value: (round: ThroughputRound) => number): number => median(rounds.map(value));
      return [
        ...[clip, seconds(clipSeconds), String(rungs), String(rounds.length)],
        seconds(middle((round) => round.wallSeconds)),
        seconds(middle((round) => round.referenceWallSeconds)),
        middle((round) => round.wallSeconds / round.referenceWallSeconds).toFixed(2),
        seconds(middle((round) => round.cpuSeconds)),
        seconds(middle((round) => round.referenceCpuSeconds)),
        middle((round) => round.cpuSeconds / round.referenceCpuSeconds).toFixed(2),
        middle((round) => (round.cpuSeconds - round.planningCpuSeconds) / round.referenceCpuSeconds).toFixed(
          2,
        ),
      ];
    }),
  ]);
}

export function slotsTable(result: SlotsResult): string {
  return alignTable([
    ['slots', 'one', 'two', 'times faster'],
    [
      result.clip,
      seconds(result.oneSlotSeconds),
      seconds(result.twoSlotsSeconds),
      (result.oneSlotSeconds / result.twoSlotsSeconds).toFixed(2),
    ],
  ]);
}

export function planTable(times: readonly PlanTime[]): string {
  const min = median(times[0]?.seconds ?? []);
  return alignTable([
    ['end of upload to plan', 'median', 'fastest', 'slowest', 'ratio to the first'],
    ...times.map((time) => [
      `${time.clipSeconds} s title`,
      `${median(time.seconds).toFixed(2)} s`,
      `${Math.min(...time.seconds).toFixed(2)} s`,
      `${Math.max(...time.seconds).toFixed(2)} s`,
      (median(time.seconds) / min).toFixed(2),
    ]),
  ]);
}

export function memoryTable(results: readonly MemoryResult[]): string {
  return alignTable([
    ['memory of a slot', 'lines', 'rungs', 'resident'],
    ...results.map(({ clip, height, rungs, maxResidentBytes }) => [
      clip,
      String(height),
      String(rungs),
      `${(maxResidentBytes / 2 ** 20).toFixed(0)} MiB`,
    ]),
  ]);
}
