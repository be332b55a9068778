import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findCut } from '#workers/ffmpeg/find-cut.js';

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

it.each<[string, string, Buffer[], RegExp | undefined]>([
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
  ['media to the end of the file', 'mov', [box('moov', 50), box('mdat', 0, 90)], undefined],
  ['padding after the last box', 'mov', [box('moov', 50), box('mdat', 60), Buffer.alloc(30)], undefined],
  ['a box of an impossible size', 'mov', [box('moov', 50), box('free', 4, 20)], undefined],
  ['a whole Matroska file', 'matroska', [matroska('\xe4')], undefined],
  ['Matroska cut off', 'matroska', [matroska('\x48\x00')], /segment ends at byte 2061, the file at 113/],
  ['Matroska of a live recording', 'matroska', [matroska('\x01\xff\xff\xff\xff\xff\xff\xff')], undefined],
  ['a whole AVI', 'avi', [riff(92)], undefined],
  ['AVI cut off', 'avi', [riff(500)], /RIFF chunk ends at byte 508, the file at 100/],
  ['AVI of a writer that was killed', 'avi', [riff(0)], undefined],
  ['a transport stream tells no length', 'mpegts', [Buffer.alloc(100)], undefined],
  ['an empty MP4', 'mov', [], /no moov box/],
])('%s', async (name, demuxer, parts, found) => {
  const path = join(folder, name);
  const bytes = Buffer.concat(parts);
  await writeFile(path, bytes);
  await using file = await open(path);
  const cut = await findCut(file, bytes.length, demuxer);
  if (found) expect(cut).toMatch(found);
  else expect(cut).toBeUndefined();
});
