import { expect, it } from 'vitest';
import { openBytes } from '#fixtures/media/open-bytes.js';
import { matroska } from '#workers/containers/matroska.js';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

/** An EBML header, the segment's header with this size, and 100 bytes. */
const segment = (size: string): Buffer =>
  Buffer.concat([latin(`\x1a\x45\xdf\xa3\x82ab\x18\x53\x80\x67${size}`), Buffer.alloc(100)]);

const unknownSize = '\x01\xff\xff\xff\xff\xff\xff\xff';
const cluster = (size: string): Buffer => latin(`\x1f\x43\xb6\x75${size}\xe7\x81\x07`);

/** A SimpleBlock of `bytes`, of which the first `held` are there. */
const block = (bytes: number, held = bytes): Buffer =>
  Buffer.concat([Buffer.from([0xa3, 0x80 | bytes]), Buffer.alloc(held)]);

it.each<[string, Buffer[]]>([
  ['a complete file', [segment('\xe4')]],
  ['an empty live recording', [segment(unknownSize)]],
  ['a live recording', [segment(unknownSize), cluster(unknownSize), block(90)]],
  [
    'a live recording with other bytes after it',
    [segment(unknownSize), cluster(unknownSize), block(90), latin('<html>404</html>')],
  ],
])('finds no truncation: %s', async (_name, parts) => {
  await using file = await openBytes(...parts);
  expect(await matroska.findTruncation?.(file)).toBeUndefined();
});

it.each<[string, Buffer[], RegExp]>([
  [
    'a file shorter than its segment',
    [segment('\x48\x00')],
    /segment should end at byte 2061, but the file ends at byte 113/,
  ],
  [
    'a live recording',
    [segment(unknownSize), cluster(unknownSize), block(90), cluster(unknownSize), block(90, 40)],
    /file ends at byte \d+, after 42 of 92 bytes of a block/,
  ],
  [
    'a live recording in a cluster that declares its size',
    [segment(unknownSize), cluster('\xfe'), block(90, 40)],
    /after 42 of 92 bytes of a block/,
  ],
])('finds a truncation: %s', async (_name, parts, detail) => {
  await using file = await openBytes(...parts);
  expect((await matroska.findTruncation?.(file))?.detail).toMatch(detail);
});

/** An element with a size of four bytes; `id` in hexadecimal. */
function element(id: string, ...content: Buffer[]): Buffer {
  const data = Buffer.concat(content);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(0x1000_0000 + data.length);
  return Buffer.concat([Buffer.from(id, 'hex'), size, data]);
}

function track(type: number, contentEncoding?: string): Buffer {
  const encodings = contentEncoding ? [element('6d80', element('6240', element(contentEncoding)))] : [];
  return element('ae', element('83', Buffer.from([type])), ...encodings);
}

const video = 1;
const audio = 2;
const buttons = 18;
const encryption = '5035';
const compression = '5034';
const seekHead = element('114d9b74', Buffer.alloc(80));
const tracks = (...entries: Buffer[]): Buffer => element('1654ae6b', ...entries);
const container = (...content: Buffer[]): Buffer[] => [
  element('1a45dfa3', Buffer.from('42f78101', 'hex')),
  element('18538067', seekHead, ...content),
];

it.each<[string, Buffer[], number[]]>([
  [
    'video, with buttons before it that ffprobe does not report',
    container(tracks(track(buttons), track(audio), track(video, encryption))),
    [1],
  ],
  ['none that is compressed', container(tracks(track(video, compression))), []],
  ['none after the first cluster', container(element('1f43b675'), tracks(track(video, encryption))), []],
  [
    'none in a truncated track list',
    [Buffer.concat(container(tracks(track(video, encryption)))).subarray(0, -4)],
    [],
  ],
])('finds encrypted tracks: %s', async (_name, parts, indexes) => {
  await using file = await openBytes(...parts);
  expect([...((await matroska.encryption?.findTracks(file)) ?? [])]).toEqual(indexes);
});
