import { median } from '#bench/encode/plan-time.js';
import { alignTable } from '#bench/encode/tables.js';
import type { TitleResult } from '#bench/playable/measure-title.js';

/** Medians per clip and viewer, in seconds; a first frame or seek that never came counts as infinite. */
export function playableTable(results: readonly TitleResult[]): string {
  const groups = new Map<string, TitleResult[]>();
  for (const result of results) {
    const name = `${result.clip}, ${result.viewer}`;
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return alignTable([
    [
      'clip, viewer',
      'playable',
      'ready',
      'first frame',
      'slowest seek',
      'stalls',
      'stalled',
      '5xx',
      'aborted',
      'fatal',
    ],
    ...[...groups].map(([name, runs]) => {
      const playbacks = runs.flatMap((run) => run.playbacks);
      const seeks = playbacks.map((playback) =>
        Math.max(0, ...playback.seeks.map(({ ms }) => ms ?? Number.POSITIVE_INFINITY)),
      );
      const total = (count: (playback: (typeof playbacks)[number]) => number): number =>
        playbacks.reduce((sum, playback) => sum + count(playback), 0);
      return [
        name,
        seconds(median(runs.map(({ playableMs }) => playableMs))),
        seconds(median(runs.flatMap(({ readyMs }) => readyMs ?? []))),
        seconds(median(playbacks.map(({ firstFrameMs }) => firstFrameMs ?? Number.POSITIVE_INFINITY))),
        seconds(median(seeks)),
        String(total(({ stallsMs }) => stallsMs.length)),
        seconds(total(({ stallsMs }) => stallsMs.reduce((sum, ms) => sum + ms, 0))),
        String(total(({ failedResponses }) => failedResponses.length)),
        String(total(({ abortedRequests }) => abortedRequests)),
        String(total(({ errors }) => errors.filter((error) => error.startsWith('FATAL')).length)),
      ];
    }),
  ]);
}

function seconds(ms: number): string {
  if (Number.isNaN(ms)) return '–';
  return Number.isFinite(ms) ? (ms / 1_000).toFixed(1) : 'never';
}
