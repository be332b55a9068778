import { expect, it } from 'vitest';
import { probedStreamSchema, probeReportSchema } from '#planning/source/probe-report.js';
import { readTail } from '#workers/source/read-packets.js';

/** How many of ffprobe's looks at the packets of a minute of film named no interval: all packets. */
async function wholeScans(rates: object): Promise<number> {
  const report = probeReportSchema.parse({ format: { start_time: '0', duration: '60' } });
  const probes: (readonly string[])[] = [];
  await readTail(
    async (options, onText) => {
      probes.push(options);
      onText?.('59.000000,59.000000,1.000000,K_\n');
      return '';
    },
    report,
    probedStreamSchema.parse({ index: 0, ...rates }),
  );
  return probes.filter((options) => !options.includes('-read_intervals')).length;
}

it.each([
  ['a believable average', { avg_frame_rate: '25/1', r_frame_rate: '1000/1' }, 0],
  ['no average, a believable nominal rate', { avg_frame_rate: '0/0', r_frame_rate: '25/1' }, 0],
  ['nothing told', {}, 0],
  ['an average beyond belief', { avg_frame_rate: '1000/1', r_frame_rate: '1000/1' }, 1],
  ['no average, and a nominal rate beyond belief', { avg_frame_rate: '0/0', r_frame_rate: '1000/1' }, 1],
])(
  'counts frames over the whole film where the header has no rate to believe: %s',
  async (_name, rates, probes) => {
    expect(await wholeScans(rates)).toBe(probes);
  },
);
