import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findEncryptedTracks } from '#workers/containers/find-encryption.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-encryption-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function box(type: string, ...content: Buffer[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(8), ...content]);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.write(type, 4, 'latin1');
  return bytes;
}

/** A track header in version 0 or 1, whose times take 4 or 8 bytes each. */
function trackHeader(trackId: number, version: 0 | 1): Buffer {
  const bytes = Buffer.alloc(84);
  bytes[0] = version;
  bytes.writeUInt32BE(trackId, version === 1 ? 20 : 12);
  return box('tkhd', bytes);
}

function track(trackId: number, sampleEntry: string, version: 0 | 1 = 0): Buffer {
  const description = box('stsd', Buffer.alloc(8), box(sampleEntry, Buffer.alloc(70)));
  const media = box('mdia', box('mdhd', Buffer.alloc(24)), box('minf', box('stbl', description)));
  return box('trak', trackHeader(trackId, version), media);
}

const movie = (...tracks: Buffer[]): Buffer => box('moov', box('mvhd', Buffer.alloc(100)), ...tracks);

/** `count` packets of a track, with a payload and, or not, scrambled with the even key. */
const packets = (packetId: number, count: number, isScrambled: boolean): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, () => {
      const packet = Buffer.alloc(188);
      packet.set([0x47, packetId >> 8, packetId & 0xff, isScrambled ? 0x90 : 0x10]);
      return packet;
    }),
  );

/** An element of Matroska with a size of four bytes; `id` in hexadecimal. */
function element(id: string, ...content: Buffer[]): Buffer {
  const data = Buffer.concat(content);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(0x1000_0000 + data.length);
  return Buffer.concat([Buffer.from(id, 'hex'), size, data]);
}

function matroskaTrack(type: number, contentEncoding?: string): Buffer {
  const encodings = contentEncoding ? [element('6d80', element('6240', element(contentEncoding)))] : [];
  return element('ae', element('83', Buffer.from([type])), ...encodings);
}

const encryption = '5035';
const compression = '5034';
const seekHead = element('114d9b74', Buffer.alloc(80));
const matroska = (...content: Buffer[]): Buffer[] => [
  element('1a45dfa3', Buffer.from('42f78101', 'hex')),
  element('18538067', seekHead, ...content),
];

it.each<[string, string, Buffer[], number[]]>([
  [
    'Matroska with an encrypted picture behind buttons that ffprobe does not show',
    'matroska',
    matroska(element('1654ae6b', matroskaTrack(18), matroskaTrack(2), matroskaTrack(1, encryption))),
    [1],
  ],
  [
    'Matroska that is compressed',
    'matroska',
    matroska(element('1654ae6b', matroskaTrack(1, compression))),
    [],
  ],
  [
    'Matroska whose tracks come behind the film',
    'matroska',
    matroska(element('1f43b675'), element('1654ae6b', matroskaTrack(1, encryption))),
    [],
  ],
  [
    'Matroska that was cut off in its tracks',
    'matroska',
    [Buffer.concat(matroska(element('1654ae6b', matroskaTrack(1, encryption)))).subarray(0, -4)],
    [],
  ],
  [
    'a scrambled picture, sound in the clear',
    'mpegts',
    [packets(0x100, 50, true), packets(0x101, 20, false)],
    [0x100],
  ],
  [
    'a broadcast that begins in the clear',
    'mpegts',
    [packets(0x100, 2_000, false), packets(0x100, 40_000, true)],
    [0x100],
  ],
  ['a few packets that lost a bit', 'mpegts', [packets(0x100, 50, false), packets(0x100, 3, true)], []],
  ['no transport stream', 'mpegts', [Buffer.alloc(5_000)], []],
  ['in the clear', 'mov', [box('ftyp', Buffer.alloc(8)), movie(track(1, 'avc1'), track(2, 'mp4a'))], []],
  [
    'picture and sound protected, the index after the media',
    'mov',
    [box('mdat', Buffer.alloc(500)), movie(track(1, 'encv'), track(2, 'enca', 1))],
    [1, 2],
  ],
  ['only the second track', 'mov', [movie(track(7, 'avc1'), track(9, 'drms'))], [9]],
  ['another container', 'avi', [movie(track(1, 'encv'))], []],
  ['no index', 'mov', [box('mdat', Buffer.alloc(20))], []],
  ['a box that ends before it begins', 'mov', [Buffer.from('0000000466726565', 'hex'), movie()], []],
  ['an index that was cut off', 'mov', [movie(track(1, 'encv')).subarray(0, 150)], []],
  ['nothing', 'mov', [], []],
])('%s', async (name, demuxer, parts, found) => {
  const path = join(folder, name);
  const bytes = Buffer.concat(parts);
  await writeFile(path, bytes);
  await using file = await open(path);
  expect([...(await findEncryptedTracks(file, bytes.length, demuxer))]).toEqual(found);
});
