import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findTruncation } from '#workers/containers/find-truncation.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-cut-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

function box(type: string, size: number, held = size): Buffer {
  const bytes = Buffer.alloc(held);
  bytes.writeUInt32BE(size, 0);
  bytes.write(type, 4, 'latin1');
  return bytes;
}

function longBox(type: string, size: number, held: number): Buffer {
  const bytes = box(type, 1, held);
  bytes.writeBigUInt64BE(BigInt(size), 8);
  return bytes;
}

const riff = (size: number): Buffer => {
  const bytes = Buffer.alloc(100);
  bytes.write('RIFF', 'latin1');
  bytes.writeUInt32LE(size, 4);
  return bytes;
};
const matroska = (size: string): Buffer =>
  Buffer.concat([latin(`\x1a\x45\xdf\xa3\x82ab\x18\x53\x80\x67${size}`), Buffer.alloc(100)]);

const unknownSize = '\x01\xff\xff\xff\xff\xff\xff\xff';
const cluster = (size: string): Buffer => latin(`\x1f\x43\xb6\x75${size}\xe7\x81\x07`);

/** A SimpleBlock of so many bytes, of which only the first `held` are there. */
const block = (bytes: number, held = bytes): Buffer =>
  Buffer.concat([Buffer.from([0xa3, 0x80 | bytes]), Buffer.alloc(held)]);

/** Four packets, and the first bytes of another. */
function transportStream(size: number, sync: number, broken = 0): Buffer[] {
  const packet = Buffer.alloc(size);
  packet[sync] = 0x47;
  return [packet, packet, packet, packet, packet.subarray(0, broken)];
}

/** A pack's header (ISO/IEC 13818-1 2.5.3.3) with three stuffing bytes, or MPEG-1's. */
function pack(version: 1 | 2): Buffer {
  const bytes = Buffer.alloc(version === 2 ? 17 : 12);
  bytes.set([0, 0, 1, 0xba, version === 2 ? 0x44 : 0x21]);
  if (version === 2) bytes[13] = 0xfb;
  return bytes;
}

/** A packet of so many bytes, of which only the first `held` are there. */
function packet(bytes: number, held = bytes): Buffer {
  const whole = Buffer.alloc(bytes);
  whole.set([0, 0, 1, 0xe0]);
  whole.writeUInt16BE(bytes - 6, 4);
  return whole.subarray(0, held);
}

/** A tag of so many bytes of data, and its size behind it. */
function flvTag(dataBytes: number): Buffer {
  const bytes = Buffer.alloc(11 + dataBytes + 4);
  bytes.writeUIntBE(dataBytes, 1, 3);
  bytes.writeUInt32BE(11 + dataBytes, 11 + dataBytes);
  return bytes;
}

/** An Ogg page of three segments. */
function oggPage(): Buffer {
  const bytes = Buffer.alloc(27 + 3 + 600);
  bytes.write('OggS', 'latin1');
  bytes.set([3, 255, 255, 90], 26);
  return bytes;
}

function asf(size: number, flags: number): Buffer {
  const bytes = Buffer.alloc(200);
  bytes.write('a1dcab8c47a9cf118ee400c00c205365', 30, 'hex');
  bytes.writeBigUInt64LE(BigInt(size), 70);
  bytes.writeUInt32LE(flags, 118);
  return bytes;
}

/** A header partition with a four-byte length. */
function mxf(footerOffset: number): Buffer {
  const bytes = Buffer.alloc(200);
  bytes.write('060e2b34020501010d01020101020400', 0, 'hex');
  bytes.writeUInt32BE(0x83000058, 16);
  bytes.writeBigUInt64BE(BigInt(footerOffset), 20 + 24);
  return bytes;
}

it('refuses a film that stands behind another', async () => {
  const clip = [box('ftyp', 24), box('mdat', 200), box('moov', 50)];
  const bytes = Buffer.concat([...clip, ...clip]);
  const path = join(folder, 'two');
  await writeFile(path, bytes);
  await using file = await open(path);
  await expect(findTruncation(file, bytes.length, 'mov')).rejects.toThrow('a second film begins at byte 274');
});

it.each([['styp', 'moof'], ['sidx', 'moof'], ['moof']])(
  'refuses a segment that begins with %s',
  async (...types) => {
    const bytes = Buffer.concat([...types, 'mdat'].map((type) => box(type, 50)));
    const path = join(folder, 'segment');
    await writeFile(path, bytes);
    await using file = await open(path);
    await expect(findTruncation(file, bytes.length, 'mov')).rejects.toThrow(
      'the file is one segment of a stream',
    );
  },
);

it('tells the share that is there', async () => {
  const path = join(folder, 'share');
  await writeFile(path, riff(192));
  await using file = await open(path);
  expect((await findTruncation(file, 100, 'avi'))?.presentShare).toBeCloseTo(0.5, 2);
});

it.each([
  [12.5, undefined],
  [0, true],
])('takes an FLV of %s s for one that hides its length: %s', async (seconds, hidesLength) => {
  const duration = Buffer.alloc(8);
  duration.writeDoubleBE(seconds);
  const bytes = Buffer.concat([latin('FLV\0\x08duration\0'), duration, flvTag(60).subarray(0, 30)]);
  const path = join(folder, 'told');
  await writeFile(path, bytes);
  await using file = await open(path);
  expect((await findTruncation(file, bytes.length, 'flv'))?.hidesLength).toBe(hidesLength);
});

/** The `mfhd` box that every movie fragment begins with, and nothing else. */
const fragment = (): Buffer => Buffer.concat([box('moof', 24, 8), box('mfhd', 16)]);

it('tells no share of a fragmented MP4: nothing says how many fragments are missing', async () => {
  const bytes = Buffer.concat([
    box('moov', 50),
    fragment(),
    box('mdat', 5_000),
    fragment(),
    box('mdat', 90, 60),
  ]);
  const path = join(folder, 'fragments');
  await writeFile(path, bytes);
  await using file = await open(path);
  expect(await findTruncation(file, bytes.length, 'mov')).toMatchObject({ hidesLength: true });
});

it.each<[string, string, Buffer[], RegExp | undefined]>([
  [
    'a fragmented MP4 with padding behind it',
    'mov',
    [box('moov', 50), fragment(), box('mdat', 90), Buffer.alloc(3 * 2 ** 20)],
    undefined,
  ],
  [
    'a fragmented MP4 with a hole',
    'mov',
    [box('moov', 50), fragment(), box('mdat', 90), Buffer.alloc(2 ** 20 - 6), fragment(), box('mdat', 90)],
    /1048570 bytes from offset 164 are no part of an MP4, fragments of the film lie behind them/,
  ],
  ['a whole MP4', 'mov', [box('ftyp', 24), box('moov', 50), box('mdat', 200)], undefined],
  [
    'the media cut off',
    'mov',
    [box('ftyp', 24), box('moov', 50), box('mdat', 200, 90)],
    /mdat box says 200 bytes from offset 74, the file ends at 164/,
  ],
  [
    'long media cut off',
    'mov',
    [box('moov', 50), longBox('mdat', 2 ** 33, 90)],
    /mdat box says 8589934592 bytes/,
  ],
  ['the index cut off', 'mov', [box('mdat', 50), box('moov', 200, 90)], /moov box says 200/],
  ['a fragment cut within its header', 'mov', [box('moov', 50), box('moof', 200, 90)], /moof box says 200/],
  ['the index missing', 'mov', [box('ftyp', 24), box('mdat', 50)], /no moov box/],
  ['an index and no media', 'mov', [box('ftyp', 24), box('moov', 50)], /nothing of the film behind it/],
  ['media to the end of the file', 'mov', [box('moov', 50), box('mdat', 0, 90)], undefined],
  ['padding after the last box', 'mov', [box('moov', 50), box('mdat', 60), Buffer.alloc(30)], undefined],
  ['a box of an impossible size', 'mov', [box('moov', 50), box('free', 4, 20)], undefined],
  ['a whole Matroska file', 'matroska', [matroska('\xe4')], undefined],
  ['Matroska cut off', 'matroska', [matroska('\x48\x00')], /segment ends at byte 2061, the file at 113/],
  ['an empty live recording', 'matroska', [matroska(unknownSize)], undefined],
  ['a live recording', 'matroska', [matroska(unknownSize), cluster(unknownSize), block(90)], undefined],
  [
    'a live recording cut off',
    'matroska',
    [matroska(unknownSize), cluster(unknownSize), block(90), cluster(unknownSize), block(90, 40)],
    /file ends at byte \d+, after 42 of 92 bytes of a block/,
  ],
  [
    'a live recording cut off in a cluster that tells its size',
    'matroska',
    [matroska(unknownSize), cluster('\xfe'), block(90, 40)],
    /after 42 of 92 bytes of a block/,
  ],
  [
    'a live recording with something else behind it',
    'matroska',
    [matroska(unknownSize), cluster(unknownSize), block(90), latin('<html>404</html>')],
    undefined,
  ],
  ['a whole AVI', 'avi', [riff(92)], undefined],
  ['AVI cut off', 'avi', [riff(500)], /RIFF chunk ends at byte 508, the file at 100/],
  ['AVI of a writer that was killed', 'avi', [riff(0)], undefined],
  ['a whole FLV', 'flv', [latin('FLV\x01\x05'), flvTag(40)], undefined],
  [
    'FLV cut off',
    'flv',
    [latin('FLV\x01\x05'), flvTag(40), flvTag(60).subarray(0, 30)],
    /in the middle of a tag/,
  ],
  ['an empty FLV', 'flv', [latin('FLV')], /header is cut off/],
  ['a whole ASF', 'asf', [asf(200, 0)], undefined],
  ['ASF cut off', 'asf', [asf(400, 0)], /ASF file ends at byte 400, the file at 200/],
  ['ASF of a broadcast', 'asf', [asf(400, 1)], undefined],
  ['ASF without its properties', 'asf', [Buffer.alloc(200)], undefined],
  ['a whole MXF', 'mxf', [mxf(150)], undefined],
  ['MXF cut off', 'mxf', [mxf(5_000)], /MXF body ends at byte 5000, the file at 200/],
  ['MXF of a live recording', 'mxf', [mxf(0)], undefined],
  ['the head of an MXF', 'mxf', [mxf(0).subarray(0, 30)], /header is cut off/],
  ['a whole Ogg', 'ogg', [oggPage(), oggPage()], undefined],
  ['an Ogg with padding behind it', 'ogg', [oggPage(), Buffer.alloc(100)], undefined],
  ['Ogg cut off', 'ogg', [oggPage(), oggPage().subarray(0, 400)], /page, at byte 630, has 400 of its 630/],
  ['Ogg cut off in a header', 'ogg', [oggPage(), oggPage().subarray(0, 20)], /page, at byte 630, has 20/],
  ['Ogg without pages', 'ogg', [Buffer.alloc(200)], undefined],
  ['a transport stream', 'mpegts', transportStream(188, 0), undefined],
  [
    'a transport stream cut off',
    'mpegts',
    transportStream(188, 0, 70),
    /after 70 bytes of a transport packet/,
  ],
  ['M2TS', 'mpegts', transportStream(192, 4), undefined],
  ['M2TS cut off', 'mpegts', transportStream(192, 4, 74), /after 70 bytes of a transport packet/],
  [
    'a transport stream with padding behind it',
    'mpegts',
    [...transportStream(188, 0), Buffer.alloc(100)],
    undefined,
  ],
  ['what is no transport stream', 'mpegts', [Buffer.alloc(100)], undefined],
  ['a program stream', 'mpeg', [pack(2), packet(200), pack(2), packet(200), packet(60)], undefined],
  ['MPEG-1', 'mpeg', [pack(1), packet(200)], undefined],
  ['a program stream that says its end', 'mpeg', [pack(2), packet(200), latin('\0\0\x01\xb9')], undefined],
  [
    'a program stream cut off',
    'mpeg',
    [pack(2), packet(200), packet(200, 90)],
    /after 90 of 200 bytes of a packet/,
  ],
  ['MPEG-1 cut off', 'mpeg', [pack(1), packet(200, 90)], /after 90 of 200 bytes of a packet/],
  ['a program stream with padding behind it', 'mpeg', [pack(2), packet(200), Buffer.alloc(100)], undefined],
  ['what is no program stream', 'mpeg', [Buffer.alloc(100)], undefined],
  ['other containers tell no length', 'nut', [Buffer.alloc(100)], undefined],
  ['an empty MP4', 'mov', [], /no moov box/],
])('%s', async (name, demuxer, parts, found) => {
  const path = join(folder, name);
  const bytes = Buffer.concat(parts);
  await writeFile(path, bytes);
  await using file = await open(path);
  const truncation = await findTruncation(file, bytes.length, demuxer);
  if (found) expect(truncation?.detail).toMatch(found);
  else expect(truncation).toBeUndefined();
});
