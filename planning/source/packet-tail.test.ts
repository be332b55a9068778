import { describe, expect, it } from 'vitest';
import { PacketRows, packetTailOf, type ShownPackets } from '#planning/source/packet-tail.js';
import { probedStreamSchema } from '#planning/source/probe-report.js';

const video = (facts: object = {}) => probedStreamSchema.parse({ index: 0, ...facts });
const read = (...pieces: string[]): ShownPackets => {
  const rows = new PacketRows();
  for (const piece of pieces) rows.push(piece);
  return rows.packets();
};
const tailOf = (rows: readonly string[], facts: object = {}) =>
  packetTailOf(read(rows.join('\n')), video(facts));

describe('packets', () => {
  it.each<[string, string[], number[]]>([
    ['come in order of showing', ['0.2,0.0,0.1,__\n0.0,-0.1,0.1,K_\n'], [0, 0.2]],
    ['come in pieces', ['0.2,0.0,0', '.1,_', '_\n0.0,-0.1,', '0.1,K_'], [0, 0.2]],
    ['without a time of showing count by their time of decoding', ['N/A,0.5,N/A,__'], [0.5]],
    ['without any time follow one another', ['N/A,N/A,0.04,K_\nN/A,N/A,0.04,__'], [0, 0.04]],
    ['hidden by an edit list do not count', ['-0.5,-0.6,0.1,KD\n\n20000.5,20000.5,0.04,K_\n\n'], [20_000.5]],
    ['are none where there is no text', ['', '\n'], []],
  ])('%s', (_name, pieces, seconds) => {
    expect([...read(...pieces).shownSeconds]).toEqual(seconds);
  });

  it('without a time of showing among others that have one come as long after it as those', () => {
    const rows = '0.54,0.50,0.04,K_\n0.58,0.54,0.04,__\nN/A,0.58,0.04,__';
    expect(read(rows).shownSeconds.at(-1)).toBeCloseTo(0.62, 9);
  });

  it.each<[string, string, number | undefined, number | undefined]>([
    ['the last shown', '0.2,0,0.5,__\n0.1,0.1,9,__', 0.5, 9.1],
    ['one without a duration', '0,0,N/A,K_', undefined, 0],
    ['none', '', undefined, undefined],
  ])('tell how long %s lasts, and when the longest ends', (_name, rows, lastSeconds, endSeconds) => {
    expect(read(rows)).toMatchObject({ lastSeconds, endSeconds });
  });

  it('are read by the million', () => {
    const rows = new PacketRows();
    for (let index = 0; index < 1_000_000; index += 1) rows.push(`${index / 100},${index / 100},0.01,__\n`);
    expect(packetTailOf(rows.packets(), video())).toMatchObject({
      endSeconds: 10_000,
      framesPerSecond: 100,
    });
  });
});

describe('the end of a picture', () => {
  it.each<[string, string[], object, number]>([
    ['by the last packet', ['0,0,0.04,K_', '0.04,0.04,0.04,__', '0.08,0.08,0.04,__'], {}, 0.12],
    ['a last frame that stands', ['0,0,0.04,K_', '0.04,0.04,1.5,__'], {}, 1.54],
    ['a packet that lasts one tick', ['0,0,0.001,K_', '0.033,0,0.001,__', '0.066,0,0.001,__'], {}, 0.099],
    ['packets that do not say', ['0,0,N/A,K_', '0.05,0,N/A,__'], {}, 0.1],
    ['a single packet that does not say', ['0,0,N/A,K_'], { avg_frame_rate: '10/1' }, 0.1],
    ['a single packet that says nothing at all', ['0,0,N/A,K_'], { avg_frame_rate: '0/0' }, 0.04],
    [
      'by the header where packets tell the time to the next stored',
      ['0.2,0,0.03,K_', '0.3,0.1,0.03,__', '0.4,0.2,0.03,__'],
      { start_time: '0.2', duration: '0.31' },
      0.51,
    ],
    [
      'by the header where a film of pauses ends with a short frame',
      ['0,0,0.03,K_', '0.2,0.1,0.03,__', '0.4,0.2,0.03,__'],
      { start_time: '0', duration: '0.43' },
      0.43,
    ],
    [
      'never by a header that claims a day',
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

it('tells the longest pause, also that of the last frame', () => {
  expect(tailOf(['0,0,0.04,K_', '3,3,0.04,__', '3.04,3.04,0.04,__'])?.maxGapSeconds).toBeCloseTo(3, 6);
  expect(tailOf(['0,0,0.04,K_', '0.04,0.04,900,__'])?.maxGapSeconds).toBe(900);
});

it('counts frames a second over all packets', () => {
  const rows = Array.from({ length: 50 }, (_, index) => `${index / 25},${index / 25},0.04,__`);
  expect(tailOf(rows)?.framesPerSecond).toBeCloseTo(25, 6);
});

it.each([
  ['a clock that runs on', '0,-0.1,0.1,K_\n0.3,0,0.1,__\n0.1,0.1,0.1,__', 0],
  ['a clock that begins again', '10,10,0.1,K_\n14,14,0.1,__\n\n10,10,0.1,K_\n10.1,10.1,0.1,__', 4],
  [
    'a clock that jumps back among hidden packets, as before every edit',
    '0,0,0.1,K_\n8,8,0.1,__\n8.1,3,0.1,KD\n8.1,3.1,0.1,_D\n8.1,8.1,0.1,__\n8.2,8.2,0.1,__',
    0,
  ],
  ['one packet that comes late', '0,0,0.1,K_\n8,8,0.1,__\n4,4,0.1,__\n8.1,8.1,0.1,__', 0],
  ['no clock', 'N/A,N/A,0.04,K_\nN/A,N/A,0.04,__', 0],
])('sees %s', (_name, rows, seconds) => {
  expect(read(rows).maxStepBackSeconds).toBeCloseTo(seconds, 6);
});
