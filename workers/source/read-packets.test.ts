import { expect, it } from 'vitest';
import { probedStreamSchema, probeReportSchema } from '#planning/source/probe-report.js';
import { readTail } from '#workers/source/read-packets.js';

/** Runs of ffprobe that read all packets of a one-minute video: those without an interval. */
async function countWholeReads(rates: object): Promise<number> {
  const report = probeReportSchema.parse({ format: { start_time: '0', duration: '60' } });
  const runs: (readonly string[])[] = [];
  await readTail(
    async (options, onText) => {
      runs.push(options);
      onText?.('59.000000,59.000000,1.000000,K_\n');
      return '';
    },
    report,
    probedStreamSchema.parse({ index: 0, ...rates }),
  );
  return runs.filter((options) => !options.includes('-read_intervals')).length;
}

it.each([
  ['a plausible average', { avg_frame_rate: '25/1', r_frame_rate: '1000/1' }, 0],
  ['no average, a plausible nominal rate', { avg_frame_rate: '0/0', r_frame_rate: '25/1' }, 0],
  ['no rate declared', {}, 0],
  ['an implausible average', { avg_frame_rate: '1000/1', r_frame_rate: '1000/1' }, 1],
  ['no average, an implausible nominal rate', { avg_frame_rate: '0/0', r_frame_rate: '1000/1' }, 1],
])('reads all packets only if the declared frame rate is implausible: %s', async (_name, rates, runs) => {
  expect(await countWholeReads(rates)).toBe(runs);
});

it('reads the end of a long file while it searches for a pause', async () => {
  const report = probeReportSchema.parse({ format: { start_time: '0', duration: '7200' } });
  const intervals: (string | undefined)[] = [];
  let bothStarted = (): void => undefined;
  const started = new Promise<void>((resolve) => (bothStarted = resolve));
  await readTail(
    async (options, onText) => {
      intervals.push(options[options.indexOf('-read_intervals') + 1]);
      if (intervals.length === 2) bothStarted();
      await started;
      onText?.(
        Array.from(
          { length: 24 },
          (_, index) => `${(index + 1) * 300}.0,${(index + 1) * 300}.0,0.04,K_\n`,
        ).join(''),
      );
      return '';
    },
    report,
    probedStreamSchema.parse({ index: 0, avg_frame_rate: '25/1', r_frame_rate: '25/1' }),
  );
  expect(intervals).toEqual([expect.stringMatching(/^300\.000%\+#1,600\.000/), '7190.000%']);
});
