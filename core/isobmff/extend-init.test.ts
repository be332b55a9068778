import { beforeAll, expect, it } from 'vitest';
import { withEditList, withHdrBoxes } from '#core/isobmff/extend-init.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { IsobmffError, readBoxes } from '#core/isobmff/read-boxes.js';
import { readInit } from '#core/isobmff/read-init.js';
import { makeTinyMp4 } from '#fixtures/tiny-mp4.js';

let init: Buffer;
beforeAll(async () => {
  const [first] = new FragmentSplitter().push(await makeTinyMp4('hevc-pq'));
  if (first?.kind !== 'init') throw new Error('no init segment');
  init = first.bytes;
});

const masteringDisplay = {
  red: { x: 34_000, y: 16_000 },
  green: { x: 13_250, y: 34_500 },
  blue: { x: 7_500, y: 3_000 },
  white: { x: 15_635, y: 16_450 },
  maxLuminance: 10_000_000,
  minLuminance: 50,
};
const contentLight = { maxContent: 1000, maxFrameAverage: 400 };

it('adds both boxes to the sample entry and changes nothing else', () => {
  const result = withHdrBoxes(init, { masteringDisplay, contentLight });
  expect(result.length).toBe(init.length + 32 + 12);
  expect([...readBoxes(result)].map(({ type }) => type)).toEqual(['ftyp', 'moov']);
  expect(readInit(result)).toEqual(readInit(init));
  const mdcv = result.indexOf('mdcv');
  expect(result.toString('hex', mdcv + 4, mdcv + 28)).toBe(
    // Green, blue, red, white, maximum and minimum luminance.
    '33c286c41d4c0bb884d03e803d1340420098968000000032',
  );
  const clli = result.indexOf('clli');
  expect(result.toString('hex', clli + 4, clli + 8)).toBe('03e80190');
});

it.each([
  ['adds a box for light levels alone', { contentLight }, 12],
  ['adds nothing for empty metadata', {}, 0],
  ['adds nothing without metadata', undefined, 0],
])('%s', (_name, metadata, addedBytes) => {
  expect(withHdrBoxes(init, metadata).length).toBe(init.length + addedBytes);
});

it('can be combined with an edit list', () => {
  const result = withHdrBoxes(withEditList(init, 1024), { contentLight });
  expect(readInit(result).editMediaTime).toBe(1024);
  expect(result.includes('clli')).toBe(true);
});

it('throws if there is no sample entry', () => {
  expect(() => withHdrBoxes(Buffer.from('\0\0\0\x08moov', 'latin1'), { contentLight })).toThrow(IsobmffError);
});
