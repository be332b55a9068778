import type { FileHandle } from 'node:fs/promises';
import { childElements, maxElementHeader, readElement, segmentId } from '#workers/containers/ebml.js';
import { readAt } from '#workers/containers/read-at.js';
import { transportPackets } from '#workers/containers/transport-packets.js';

/** Sample entries of protected tracks: ISO/IEC 14496-12 8.12.1, and what iTunes wrote before it. */
const protectedEntries = new Set(['encv', 'enca', 'enct', 'encs', 'drmi', 'drms', 'drmt']);
/** A file with more boxes than this on the way to its tracks is made to keep a reader busy. */
const maxBoxes = 20_000;

/** A file, and how many boxes of it may still be looked at. */
interface BoxedFile {
  handle: FileHandle;
  boxesLeft: number;
}

interface FileBox {
  type: string;
  dataOffset: number;
  end: number;
}

/**
 * The protected tracks of an MP4 by their track numbers, the scrambled ones of a transport stream by their packet
 * identifiers, the encrypted ones of Matroska by their index in ffprobe's report. Reads headers and a few megabytes only.
 * Empty for other containers, whose encryption ffprobe reports.
 */
export async function findEncryptedTracks(
  handle: FileHandle,
  fileBytes: number,
  demuxer: string,
): Promise<ReadonlySet<number>> {
  if (demuxer === 'mov') return findProtectedTracks(handle, fileBytes);
  if (demuxer === 'mpegts') return findScrambledTracks(handle, fileBytes);
  if (demuxer === 'matroska') return findEncryptedEntries(handle);
  return new Set();
}

const probeBytes = 2 * 2 ** 20;

/** Those of which most packets are scrambled, at the start and in the middle: broadcasts may begin in the clear. */
async function findScrambledTracks(handle: FileHandle, fileBytes: number): Promise<ReadonlySet<number>> {
  const balance = new Map<number, number>();
  for (const offset of new Set([0, Math.floor(fileBytes / 2)])) {
    const buffer = Buffer.alloc(Math.min(probeBytes, fileBytes - offset));
    await handle.read(buffer, 0, buffer.length, offset);
    for (const { packetId, isScrambled, hasPayload } of transportPackets(buffer)) {
      if (hasPayload) balance.set(packetId, (balance.get(packetId) ?? 0) + (isScrambled ? 1 : -1));
    }
  }
  return new Set([...balance].filter(([, count]) => count > 0).map(([packetId]) => packetId));
}

/** RFC 9559 5.1.4: the tracks' elements on the way to the encryption of one. */
const matroska = {
  tracks: 0x1654_ae6b,
  cluster: 0x1f43_b675,
  trackEntry: 0xae,
  trackType: 0x83,
  contentEncodings: 0x6d80,
  contentEncoding: 0x6240,
  contentEncryption: 0x5035,
};
/** Picture, sound, subtitle, metadata: the types of tracks that ffprobe shows. */
const shownTypes = new Set([1, 2, 17, 33]);

async function findEncryptedEntries(handle: FileHandle): Promise<ReadonlySet<number>> {
  const tracks = await readMatroskaTracks({ handle, boxesLeft: maxBoxes });
  const shown = children(tracks, matroska.trackEntry).filter((entry) =>
    children(entry, matroska.trackType).some((type) => shownTypes.has(type.at(-1) ?? 0)),
  );
  const isEncrypted = (entry: Buffer): boolean =>
    children(entry, matroska.contentEncodings)
      .flatMap((encodings) => children(encodings, matroska.contentEncoding))
      .some((encoding) => children(encoding, matroska.contentEncryption).length > 0);
  return new Set(shown.flatMap((entry, index) => (isEncrypted(entry) ? index : [])));
}

/** What the Tracks element holds; nothing where there is none before the film. */
async function readMatroskaTracks(file: BoxedFile): Promise<Buffer> {
  for (let offset = 0; file.boxesLeft > 0; file.boxesLeft -= 1) {
    const element = readElement(await readAt(file.handle, offset, maxElementHeader), 0);
    if (!element || element.id === matroska.cluster) break;
    if (element.id === matroska.tracks)
      return readAt(file.handle, offset + element.dataOffset, Math.min(element.size ?? 0, probeBytes));
    offset += element.id === segmentId ? element.dataOffset : element.end;
  }
  return Buffer.alloc(0);
}

/** What the elements of this type in `parent` hold. */
const children = (parent: Buffer, id: number): Buffer[] =>
  [...childElements(parent)]
    .filter((element) => element.id === id)
    .map(({ dataOffset, end }) => parent.subarray(dataOffset, end));

async function findProtectedTracks(handle: FileHandle, fileBytes: number): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  const file: BoxedFile = { handle, boxesLeft: maxBoxes };
  const whole = { type: '', dataOffset: 0, end: fileBytes };
  const movie = await firstBox(file, whole, ['moov']);
  if (!movie) return found;
  for await (const track of childBoxes(file, movie.dataOffset, movie.end, 'trak')) {
    const id = (await isProtected(file, track)) ? await trackIdOf(file, track) : undefined;
    if (id !== undefined) found.add(id);
  }
  return found;
}

/** Boxes of one type between two offsets; ends at the first that makes no sense. */
async function* childBoxes(
  file: BoxedFile,
  start: number,
  end: number,
  type: string,
): AsyncGenerator<FileBox> {
  let offset = start;
  while (file.boxesLeft > 0 && offset + 8 <= end) {
    file.boxesLeft -= 1;
    const header = await readAt(file.handle, offset, 16);
    if (header.length < 8) return;
    const size32 = header.readUInt32BE(0);
    if (size32 === 1 && header.length < 16) return;
    // 4.2: 1 means that 64 bits follow, 0 that the box reaches to the end.
    const size = size32 === 1 ? Number(header.readBigUInt64BE(8)) : size32 === 0 ? end - offset : size32;
    const dataOffset = offset + (size32 === 1 ? 16 : 8);
    if (offset + size < dataOffset) return;
    const name = header.toString('latin1', 4, 8);
    if (name === type) yield { type: name, dataOffset, end: Math.min(end, offset + size) };
    offset += size;
  }
}

async function firstBox(
  file: BoxedFile,
  parent: FileBox,
  path: readonly string[],
): Promise<FileBox | undefined> {
  let box = parent;
  for (const type of path) {
    const { value } = await childBoxes(file, box.dataOffset, box.end, type).next();
    if (!value) return undefined;
    box = value as FileBox;
  }
  return box;
}

/** 8.5.2: version and flags, the number of entries, then the first entry's size and name. */
async function isProtected(file: BoxedFile, track: FileBox): Promise<boolean> {
  const description = await firstBox(file, track, ['mdia', 'minf', 'stbl', 'stsd']);
  if (!description) return false;
  const name = (await readAt(file.handle, description.dataOffset + 12, 4)).toString('latin1');
  return protectedEntries.has(name);
}

/** 8.3.2: two times stand before it, of 32 bits each, or 64 in version 1. */
async function trackIdOf(file: BoxedFile, track: FileBox): Promise<number | undefined> {
  const header = await firstBox(file, track, ['tkhd']);
  if (!header) return undefined;
  const bytes = await readAt(file.handle, header.dataOffset, 24);
  const at = bytes[0] === 1 ? 20 : 12;
  return bytes.length < at + 4 ? undefined : bytes.readUInt32BE(at);
}
