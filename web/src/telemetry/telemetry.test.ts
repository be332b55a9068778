import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  emptyTelemetry,
  keptSegments,
  reduceTelemetry,
  type Sample,
  type SegmentRecord,
  type Telemetry,
  type TelemetryEvent,
  tallyOutcomes,
  windowMs,
} from '#web/telemetry/telemetry.js';

const after = (...events: TelemetryEvent[]): Telemetry => events.reduce(reduceTelemetry, emptyTelemetry());

const segment = (fields: Partial<SegmentRecord> = {}): TelemetryEvent => ({
  type: 'segment',
  segment: {
    atMs: 0,
    kind: 'video',
    renditionId: 'h264-720',
    segmentIndex: 0,
    bytes: 1_000,
    elapsedMs: 20,
    host: '127.0.0.1:1',
    pathwayId: 'paris',
    outcome: 'hit',
    ...fields,
  },
});

const sample = (atMs: number, fields: Partial<Sample> = {}): TelemetryEvent => ({
  type: 'sample',
  sample: {
    atMs,
    throughputBitsPerSecond: 1e6,
    bufferSeconds: 10,
    renditionBitsPerSecond: 5e5,
    droppedFrames: 0,
    shownFrames: 0,
    ...fields,
  },
});

describe('telemetry', () => {
  it('counts a pathway switch when video comes from another host, with both names', () => {
    const state = after(
      segment({ atMs: 1 }),
      segment({ atMs: 2 }),
      segment({ atMs: 3, host: '127.0.0.1:2', pathwayId: 'london' }),
    );
    expect(state.pathwaySwitches).toEqual([{ atMs: 3, from: 'paris', to: 'london' }]);
    expect(state.edge).toEqual({ host: '127.0.0.1:2', pathwayId: 'london' });
  });

  it('counts no switch when only audio comes from another host', () => {
    const state = after(segment(), segment({ kind: 'audio', host: '127.0.0.1:9' }));
    expect(state.pathwaySwitches).toEqual([]);
    expect(state.edge?.host).toBe('127.0.0.1:1');
  });

  it('counts the cache outcomes of all segments but keeps only the latest segments', () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      segment({ segmentIndex: index, outcome: index % 4 === 0 ? 'miss' : 'hit' }),
    );
    const state = after(...many);
    expect(state.segments).toHaveLength(keptSegments);
    expect(state.segments.at(-1)?.segmentIndex).toBe(39);
    expect(state.outcomes).toMatchObject({ hit: 30, miss: 10 });
    expect(tallyOutcomes(state.outcomes)).toEqual({ served: 30, fetched: 10 });
    expect(state.receivedBytes).toBe(40_000);
  });

  it('keeps one minute of samples', () => {
    const state = after(sample(0), sample(1_000), sample(windowMs + 500));
    expect(state.samples.map((each) => each.atMs)).toEqual([1_000, windowMs + 500]);
  });

  it('counts rendition switches but neither the first choice nor a repeated one', () => {
    const state = after(
      { type: 'rendition', index: 1 },
      { type: 'rendition', index: 1 },
      { type: 'rendition', index: 2 },
    );
    expect(state).toMatchObject({ playing: 2, renditionSwitches: 1 });
  });

  it('keeps the first start-up time, and forgets everything when playback restarts', () => {
    const state = after({ type: 'first-frame', startupMs: 300 }, { type: 'first-frame', startupMs: 9 });
    expect(state.startupMs).toBe(300);
    const restarted = reduceTelemetry(reduceTelemetry(state, { type: 'stall' }), {
      type: 'started',
      engine: 'hls.js',
    });
    expect(restarted).toEqual({ ...emptyTelemetry(), engine: 'hls.js' });
  });

  it('keeps a bounded amount of data after any number of events', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200_000), { maxLength: 300 }), (times) => {
        const state = after(
          ...times
            .toSorted((a, b) => a - b)
            .flatMap((atMs) => [sample(atMs), segment({ atMs, host: `h${atMs % 3}` })]),
        );
        expect(state.segments.length).toBeLessThanOrEqual(keptSegments);
        expect(state.pathwaySwitches.length).toBeLessThanOrEqual(20);
        const span = (state.samples.at(-1)?.atMs ?? 0) - (state.samples[0]?.atMs ?? 0);
        expect(span).toBeLessThanOrEqual(windowMs);
      }),
    );
  });
});
