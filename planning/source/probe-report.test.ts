import { describe, expect, it } from 'vitest';
import { probeReportSchema } from '#planning/source/probe-report.js';

const report = (streams: readonly object[]) =>
  probeReportSchema.parse({
    streams: streams.map((stream, index) => ({ index, ...stream })),
    format: { duration: '143165.643233' },
  });

describe('probeReportSchema', () => {
  it('reads an MP4 header of all ones as an unknown duration', () => {
    const { streams, format } = report([{ duration_ts: 4_294_967_295, duration: '143165.576500' }]);
    expect(streams[0]?.duration).toBeUndefined();
    expect(format.duration).toBeUndefined();
  });

  it('takes the duration of the other tracks', () => {
    const { streams, format } = report([
      { duration_ts: 4_294_967_295, duration: '143165.576500' },
      { duration_ts: 48_000, duration: '1.000000' },
    ]);
    expect(streams[1]?.duration).toBe(1);
    expect(format.duration).toBe(1);
  });

  it('keeps declared durations', () => {
    const { streams, format } = report([{ duration_ts: 4_294_967_294, duration: '143165.576467' }]);
    expect(streams[0]?.duration).toBe(143_165.576467);
    expect(format.duration).toBe(143_165.643233);
  });
});
