import { expect, it } from 'vitest';
import { openBytes } from '#fixtures/media/open-bytes.js';
import { mp4 } from '#workers/containers/mp4.js';

/** A box that declares `bytes`, of which the first `held` are there. */
function box(type: string, bytes: number, held = bytes): Buffer {
  const content = Buffer.alloc(held);
  content.writeUInt32BE(bytes, 0);
  content.write(type, 4, 'latin1');
  return content;
}

/** A box with a 64-bit size. */
function longBox(type: string, bytes: number, held: number): Buffer {
  const content = box(type, 1, held);
  content.writeBigUInt64BE(BigInt(bytes), 8);
  return content;
}

/** A movie fragment with the `mfhd` box that each begins with, and nothing else. */
const fragment = (): Buffer => Buffer.concat([box('moof', 24, 8), box('mfhd', 16)]);

it('refuses a file with a second complete movie in it', async () => {
  const clip = [box('ftyp', 24), box('mdat', 200), box('moov', 50)];
  await using file = await openBytes(...clip, ...clip);
  await expect(mp4.findTruncation?.(file)).rejects.toThrow('a second video begins at byte 274');
});

it.each([['styp', 'moof'], ['sidx', 'moof'], ['moof']])(
  'refuses a media segment that begins with %s',
  async (...types) => {
    await using file = await openBytes(...[...types, 'mdat'].map((type) => box(type, 50)));
    await expect(mp4.findTruncation?.(file)).rejects.toThrow('the file is a media segment');
  },
);

it('gives no present share for a fragmented file, which does not declare its fragments', async () => {
  await using file = await openBytes(
    box('moov', 50),
    fragment(),
    box('mdat', 5_000),
    fragment(),
    box('mdat', 90, 60),
  );
  expect(await mp4.findTruncation?.(file)).toMatchObject({ hidesLength: true });
});

it.each<[string, Buffer[]]>([
  ['complete', [box('ftyp', 24), box('moov', 50), box('mdat', 200)]],
  ['media to the end of the file', [box('moov', 50), box('mdat', 0, 90)]],
  ['padding after the last box', [box('moov', 50), box('mdat', 60), Buffer.alloc(30)]],
  ['a box of an impossible size', [box('moov', 50), box('free', 4, 20)]],
  ['a 64-bit size that is shorter than its header', [box('moov', 50), longBox('free', 12, 40)]],
  [
    'padding after the last fragment',
    [box('moov', 50), fragment(), box('mdat', 90), Buffer.alloc(3 * 2 ** 20)],
  ],
])('finds no truncation: %s', async (_name, parts) => {
  await using file = await openBytes(...parts);
  expect(await mp4.findTruncation?.(file)).toBeUndefined();
});

it.each<[string, Buffer[], RegExp]>([
  [
    'a fragmented file with a hole',
    [box('moov', 50), fragment(), box('mdat', 90), Buffer.alloc(2 ** 20 - 6), fragment(), box('mdat', 90)],
    /1048570 bytes from byte 164 are not MP4 boxes, and more fragments follow them/,
  ],
  [
    'truncated media',
    [box('ftyp', 24), box('moov', 50), box('mdat', 200, 90)],
    /mdat box at byte 74 declares 200 bytes, but the file ends at byte 164/,
  ],
  [
    'truncated media with a 64-bit size',
    [box('moov', 50), longBox('mdat', 2 ** 33, 90)],
    /mdat box at byte 50 declares 8589934592 bytes/,
  ],
  ['a truncated index', [box('mdat', 50), box('moov', 200, 90)], /moov box at byte 50 declares 200/],
  ['a truncated fragment', [box('moov', 50), box('moof', 200, 90)], /moof box at byte 50 declares 200/],
  ['no index', [box('ftyp', 24), box('mdat', 50)], /no index \(moov box\)/],
  ['an index and no media', [box('ftyp', 24), box('moov', 50)], /index \(moov box\) but no media/],
  ['an empty file', [], /no index \(moov box\)/],
])('finds a truncation: %s', async (_name, parts, detail) => {
  await using file = await openBytes(...parts);
  expect((await mp4.findTruncation?.(file))?.detail).toMatch(detail);
});

function parent(type: string, ...content: Buffer[]): Buffer {
  const children = Buffer.concat(content);
  return Buffer.concat([box(type, 8 + children.length, 8), children]);
}

/** A track header of version 0 or 1, whose times take 4 or 8 bytes each. */
function trackHeader(trackId: number, version: 0 | 1): Buffer {
  const bytes = Buffer.alloc(84);
  bytes[0] = version;
  bytes.writeUInt32BE(trackId, version === 1 ? 20 : 12);
  return parent('tkhd', bytes);
}

function track(trackId: number, sampleEntry: string, version: 0 | 1 = 0): Buffer {
  const description = parent('stsd', Buffer.alloc(8), box(sampleEntry, 78));
  const media = parent('mdia', box('mdhd', 32), parent('minf', parent('stbl', description)));
  return parent('trak', trackHeader(trackId, version), media);
}

const movie = (...tracks: Buffer[]): Buffer => parent('moov', box('mvhd', 108), ...tracks);

it.each<[string, Buffer[], number[]]>([
  ['none in the clear', [box('ftyp', 16), movie(track(1, 'avc1'), track(2, 'mp4a'))], []],
  [
    'video and audio, the index after the media',
    [box('mdat', 508), movie(track(1, 'encv'), track(2, 'enca', 1))],
    [1, 2],
  ],
  ['the second track only', [movie(track(7, 'avc1'), track(9, 'drms'))], [9]],
  ['none without an index', [box('mdat', 28)], []],
  ['none behind a box that ends before it begins', [Buffer.from('0000000466726565', 'hex'), movie()], []],
  ['none in a truncated index', [movie(track(1, 'encv')).subarray(0, 150)], []],
  ['none in an empty file', [], []],
])('finds protected tracks: %s', async (_name, parts, trackIds) => {
  await using file = await openBytes(...parts);
  expect([...((await mp4.encryption?.findTracks(file)) ?? [])]).toEqual(trackIds);
});
