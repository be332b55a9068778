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
