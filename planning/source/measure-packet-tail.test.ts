import { describe, expect, it } from 'vitest';
import { measurePacketTail } from '#planning/source/measure-packet-tail.js';
import { PacketRows } from '#planning/source/packet-rows.js';
import { probedStreamSchema } from '#planning/source/probe-report.js';

const video = (facts: object = {}) => probedStreamSchema.parse({ index: 0, ...facts });
const tailOf = (rows: readonly string[], facts: object = {}) => {
  const packets = new PacketRows();
  packets.push(rows.join('\n'));
  return measurePacketTail(packets.packets(), video(facts));
};

describe('the end of a video', () => {
  it.each<[string, string[], object, number]>([
    [
      "the last packet's PTS and duration",
      ['0,0,0.04,K_', '0.04,0.04,0.04,__', '0.08,0.08,0.04,__'],
      {},
      0.12,
    ],
    ['a last frame that is held', ['0,0,0.04,K_', '0.04,0.04,1.5,__'], {}, 1.54],
    [
      'packets whose duration is one tick',
      ['0,0,0.001,K_', '0.033,0,0.001,__', '0.066,0,0.001,__'],
      {},
      0.099,
    ],
    ['packets without a duration', ['0,0,N/A,K_', '0.05,0,N/A,__'], {}, 0.1],
    ['a single packet without a duration', ['0,0,N/A,K_'], { avg_frame_rate: '10/1' }, 0.1],
    ['a single packet, no frame rate', ['0,0,N/A,K_'], { avg_frame_rate: '0/0' }, 0.04],
    [
      "the header's if durations reach to the next stored packet",
      ['0.2,0,0.03,K_', '0.3,0.1,0.03,__', '0.4,0.2,0.03,__'],
      { start_time: '0.2', duration: '0.31' },
      0.51,
    ],
    [
      "the header's if a video with pauses ends with a short frame",
      ['0,0,0.03,K_', '0.2,0.1,0.03,__', '0.4,0.2,0.03,__'],
      { start_time: '0', duration: '0.43' },
      0.43,
    ],
    [
      "never the header's if it declares a day",
      ['0.2,0,0.03,K_', '0.3,0.1,0.03,__', '0.4,0.2,0.03,__'],
      { start_time: '0.2', duration: '86400' },
      0.5,
    ],
  ])('%s', (_name, rows, facts, end) => {
    expect(tailOf(rows, facts)?.endSeconds).toBeCloseTo(end, 6);
  });

  it('is unknown without packets', () => {
    expect(tailOf([''])).toBeUndefined();
  });
});

it("measures the longest pause, the last frame's duration included", () => {
  expect(tailOf(['0,0,0.04,K_', '3,3,0.04,__', '3.04,3.04,0.04,__'])?.maxGapSeconds).toBeCloseTo(3, 6);
  expect(tailOf(['0,0,0.04,K_', '0.04,0.04,900,__'])?.maxGapSeconds).toBe(900);
});

it('counts the frame rate over all packets', () => {
  const rows = Array.from({ length: 50 }, (_, index) => `${index / 25},${index / 25},0.04,__`);
  expect(tailOf(rows)?.framesPerSecond).toBeCloseTo(25, 6);
});

it('reads a million packets', () => {
  const rows = new PacketRows();
  for (let index = 0; index < 1_000_000; index += 1) rows.push(`${index / 100},${index / 100},0.01,__\n`);
  expect(measurePacketTail(rows.packets(), video())).toMatchObject({
    endSeconds: 10_000,
    framesPerSecond: 100,
  });
});
