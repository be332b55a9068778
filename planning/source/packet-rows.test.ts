import { describe, expect, it } from 'vitest';
import { PacketRows, type ShownPackets } from '#planning/source/packet-rows.js';

const read = (...pieces: string[]): ShownPackets => {
  const rows = new PacketRows();
  for (const piece of pieces) rows.push(piece);
  return rows.packets();
};

describe('PacketRows', () => {
  it.each<[string, string[], number[]]>([
    ['sorts packets by PTS', ['0.2,0.0,0.1,__\n0.0,-0.1,0.1,K_\n'], [0, 0.2]],
    ['joins pieces of lines', ['0.2,0.0,0', '.1,_', '_\n0.0,-0.1,', '0.1,K_'], [0, 0.2]],
    ['uses the DTS of a packet without a PTS', ['N/A,0.5,N/A,__'], [0.5]],
    ['adds up durations if there are no timestamps', ['N/A,N/A,0.04,K_\nN/A,N/A,0.04,__'], [0, 0.04]],
    ['skips packets hidden by an edit list', ['-0.5,-0.6,0.1,KD\n\n20000.5,20000.5,0.04,K_\n\n'], [20_000.5]],
    ['reads no packets from no text', ['', '\n'], []],
  ])('%s', (_name, pieces, seconds) => {
    expect([...read(...pieces).shownSeconds]).toEqual(seconds);
  });

  it('gives a packet without a PTS the presentation offset of the others', () => {
    const rows = '0.54,0.50,0.04,K_\n0.58,0.54,0.04,__\nN/A,0.58,0.04,__';
    expect(read(rows).shownSeconds.at(-1)).toBeCloseTo(0.62, 9);
  });

  it.each<[string, string, number | undefined, number | undefined]>([
    ['the last packet shown', '0.2,0,0.5,__\n0.1,0.1,9,__', 0.5, 9.1],
    ['a packet without a duration', '0,0,N/A,K_', undefined, 0],
    ['no packet', '', undefined, undefined],
  ])('reports how long %s lasts, and the latest end', (_name, rows, lastSeconds, endSeconds) => {
    expect(read(rows)).toMatchObject({ lastSeconds, endSeconds });
  });
});

it.each([
  ['none in steady timestamps', '0,-0.1,0.1,K_\n0.3,0,0.1,__\n0.1,0.1,0.1,__', 0],
  ['timestamps that start again', '10,10,0.1,K_\n14,14,0.1,__\n\n10,10,0.1,K_\n10.1,10.1,0.1,__', 4],
  [
    'none among hidden packets, where every edit jumps back',
    '0,0,0.1,K_\n8,8,0.1,__\n8.1,3,0.1,KD\n8.1,3.1,0.1,_D\n8.1,8.1,0.1,__\n8.2,8.2,0.1,__',
    0,
  ],
  ['none if one packet is stored late', '0,0,0.1,K_\n8,8,0.1,__\n4,4,0.1,__\n8.1,8.1,0.1,__', 0],
  ['none without timestamps', 'N/A,N/A,0.04,K_\nN/A,N/A,0.04,__', 0],
])('finds a backward jump: %s', (_name, rows, seconds) => {
  expect(read(rows).maxStepBackSeconds).toBeCloseTo(seconds, 6);
});
