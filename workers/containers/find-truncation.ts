import type { FileHandle } from 'node:fs/promises';
import { SourceRefusedError } from '#core/contracts/failure.js';
import type { Truncation } from '#planning/source/timeline.js';
import { readElement, segmentId } from '#workers/containers/ebml.js';
import { findBrokenEnd } from '#workers/containers/find-broken-end.js';
import { readAt } from '#workers/containers/read-at.js';

/**
 * Whether the container says that the file is longer than it is: the sign of an upload or export that was cut off.
 * Reads headers only, a few kilobytes of any file. Undefined where nothing is missing. Throws SourceRefusedError where a
 * second film stands behind the first: readers would pass over it.
 */
export async function findTruncation(
  file: FileHandle,
  fileBytes: number,
  demuxer: string,
): Promise<Truncation | undefined> {
  if (demuxer === 'mov') return findTruncationInMp4(file, fileBytes);
  if (demuxer === 'matroska') return findTruncationInMatroska(file, fileBytes);
  if (demuxer === 'avi') return findTruncationInAvi(file, fileBytes);
  if (demuxer === 'flv') return findTruncationInFlv(file, fileBytes);
  if (demuxer === 'asf') return findTruncationInAsf(file, fileBytes);
  if (demuxer === 'mxf') return findTruncationInMxf(file, fileBytes);
  if (demuxer === 'ogg') return findTruncationInOgg(file, fileBytes);
  return findBrokenEnd(file, fileBytes, demuxer);
}

const shorterThan = (end: number, fileBytes: number, what: string): Truncation | undefined =>
  end > fileBytes
    ? { detail: `the ${what} ends at byte ${end}, the file at ${fileBytes}`, presentShare: fileBytes / end }
    : undefined;

/** A file with more top-level boxes than this is fragmented; its end is then looked at through its packets. */
const maxBoxes = 100_000;

/** ISO/IEC 14496-12 4.2: walks the top-level boxes by their sizes. */
async function findTruncationInMp4(file: FileHandle, fileBytes: number): Promise<Truncation | undefined> {
  let offset = 0;
  const seen = new Set<string>();
  for (let box = 0; box < maxBoxes && offset + 8 <= fileBytes; box += 1) {
    const header = await readAt(file, offset, 16);
    const type = header.toString('latin1', 4, 8);
    // Padding after the last box is common and harmless.
    if (!/^[A-Za-z0-9 ©]{4}$/.test(type)) break;
    const size32 = header.readUInt32BE(0);
    if (size32 === 1 && header.length < 16) break;
    const size =
      size32 === 1 ? Number(header.readBigUInt64BE(8)) : size32 === 0 ? fileBytes - offset : size32;
    if (size < 8) break;
    if (seen.size === 0 || (seen.size === 1 && seen.has('styp'))) refuseSegment(type);
    const isBehindPresentation = seen.has('moov') && seen.has('mdat') && !seen.has('moof');
    if (type === 'ftyp' && isBehindPresentation && (await beginsPresentation(file, offset + size)))
      refuseSecondPresentation(offset);
    seen.add(type);
    if (offset + size > fileBytes && ['mdat', 'moov', 'moof'].includes(type)) {
      const detail = `the ${type} box says ${size} bytes from offset ${offset}, the file ends at ${fileBytes}`;
      // How many fragments should be behind this one, nothing tells.
      return seen.has('moof')
        ? { detail, hidesLength: true }
        : { detail, presentShare: fileBytes / (offset + size) };
    }
    offset += size;
  }
  if (seen.has('moof') && offset < fileBytes) return findLostFragment(file, fileBytes, offset);
  const holdsMedia = seen.has('moof') || seen.has('mdat');
  if (seen.has('moov') && !holdsMedia && offset === fileBytes)
    return { detail: 'there is an index, and nothing of the film behind it', hidesLength: true };
  return seen.has('moov') || offset < fileBytes
    ? undefined
    : { detail: 'there is no moov box: the index at the end of the file is missing' };
}

/** ISO/IEC 14496-12 8.16.2: what segments of a stream begin with; without the stream's header they are not a film. */
function refuseSegment(firstBox: string): void {
  if (!['moof', 'sidx', 'emsg', 'prft'].includes(firstBox)) return;
  throw new SourceRefusedError(
    'unsupported',
    'the file is one segment of a stream, without the header of the stream',
  );
}

/** ISO/IEC 14496-12 4.3: a file has one `ftyp`. One behind a whole film, with boxes behind it, begins another. */
async function beginsPresentation(file: FileHandle, offset: number): Promise<boolean> {
  const next = (await readAt(file, offset, 8)).toString('latin1', 4);
  return ['moov', 'mdat', 'free', 'wide', 'uuid'].includes(next);
}

function refuseSecondPresentation(offset: number): never {
  const what = `a second film begins at byte ${offset}`;
  throw new SourceRefusedError('duration', `${what}: files joined without a common clock`);
}

const searchBytes = 2 ** 20;

/** Where `pattern` first stands, from a byte on. */
async function findBytes(
  file: FileHandle,
  pattern: Buffer,
  from: number,
  fileBytes: number,
): Promise<number | undefined> {
  for (let offset = from; offset < fileBytes; offset += searchBytes) {
    const at = (await readAt(file, offset, searchBytes + pattern.length - 1)).indexOf(pattern);
    if (at >= 0) return offset + at;
  }
  return undefined;
}

/** A movie fragment box and the header that it begins with. */
const fragmentStart = Buffer.from('moof\0\0\0\x10mfhd', 'latin1');

/** Demuxers end at the first bytes that are no box: whether they are padding, or a hole with more of the film behind it. */
async function findLostFragment(
  file: FileHandle,
  fileBytes: number,
  from: number,
): Promise<Truncation | undefined> {
  const at = await findBytes(file, fragmentStart, from, fileBytes);
  if (at === undefined) return undefined;
  const hole = `${at - 4 - from} bytes from offset ${from} are no part of an MP4`;
  return { detail: `${hole}, fragments of the film lie behind them`, presentShare: from / fileBytes };
}

/** RFC 9559 5.1: a file is a header and a segment, whose size a live recording does not know. */
async function findTruncationInMatroska(
  file: FileHandle,
  fileBytes: number,
): Promise<Truncation | undefined> {
  const head = await readAt(file, 0, 4096);
  const ebml = readElement(head, 0);
  const segment = ebml && readElement(head, ebml.end);
  if (!segment || segment.id !== segmentId) return undefined;
  if (segment.size === undefined) return findBrokenEnd(file, fileBytes, 'matroska');
  const end = segment.dataOffset + segment.size;
  return shorterThan(end, fileBytes, 'Matroska segment');
}

/** A RIFF chunk's size counts what follows its eight-byte header; 0 is what a writer that was killed leaves. */
async function findTruncationInAvi(file: FileHandle, fileBytes: number): Promise<Truncation | undefined> {
  const header = await readAt(file, 0, 8);
  if (header.length < 8) return { detail: 'the RIFF header is cut off' };
  const end = header.readUInt32LE(4) + 8;
  // The byte that pads the last chunk to an even size may be missing.
  return end > fileBytes + 1 ? shorterThan(end, fileBytes, 'RIFF chunk') : undefined;
}

/** A number in the `onMetaData` tag: its name, the type 0 and a double. Undefined where it is not told. */
function readFlvNumber(head: Buffer, name: 'filesize' | 'duration'): number | undefined {
  const property = Buffer.from(`\0\x08${name}\0`, 'latin1');
  const at = head.indexOf(property);
  const value = at < 0 ? at : at + property.length;
  return value < 0 || value + 8 > head.length ? undefined : head.readDoubleBE(value);
}

/**
 * Adobe FLV specification E.3: behind every tag stands its size, 11 bytes of header and the data. E.5: the first tag may
 * tell the file's size and the film's duration.
 */
async function findTruncationInFlv(file: FileHandle, fileBytes: number): Promise<Truncation | undefined> {
  const head = await readAt(file, 0, 64 * 1024);
  const declared = readFlvNumber(head, 'filesize') ?? fileBytes;
  if (
    Number.isInteger(declared) &&
    declared > 0 &&
    (await readAt(file, declared, 3)).toString('latin1') === 'FLV'
  )
    refuseSecondPresentation(declared);
  const end = await readAt(file, Math.max(0, fileBytes - 4), 4);
  if (end.length < 4) return { detail: 'the FLV header is cut off' };
  const tagBytes = end.readUInt32BE(0);
  const tag = await readAt(file, Math.max(0, fileBytes - 4 - tagBytes), 4);
  const isWhole = tagBytes >= 11 && tagBytes < fileBytes && tag.length === 4;
  if (isWhole && tag.readUIntBE(1, 3) + 11 === tagBytes) return undefined;
  const detail = `the FLV ends at byte ${fileBytes}, in the middle of a tag`;
  return (readFlvNumber(head, 'duration') ?? 0) > 0 ? { detail } : { detail, hidesLength: true };
}

const asfHeader = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');
const asfFileProperties = Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex');

/** ASF specification 3.2: the File Properties Object tells the file's size, unless it was streamed. */
async function findTruncationInAsf(file: FileHandle, fileBytes: number): Promise<Truncation | undefined> {
  const head = await readAt(file, 0, 64 * 1024);
  const at = head.indexOf(asfFileProperties);
  if (at < 0 || at + 92 > head.length) return undefined;
  const isStreamed = (head.readUInt32LE(at + 88) & 1) === 1;
  const end = Number(head.readBigUInt64LE(at + 40));
  if (end > 0 && end < fileBytes && (await readAt(file, end, 16)).equals(asfHeader))
    refuseSecondPresentation(end);
  return isStreamed ? undefined : shorterThan(end, fileBytes, 'ASF file');
}

/** SMPTE ST 377-1 7.1: how the key of a header partition begins; a file has one. */
const mxfHeaderPartition = Buffer.from('060e2b34020501010d0102010102', 'hex');

/** SMPTE ST 377-1 7.1: the header partition says where the footer partition begins; 0 where it is not known. */
async function findTruncationInMxf(file: FileHandle, fileBytes: number): Promise<Truncation | undefined> {
  const head = await readAt(file, 0, 128);
  const first = head[16] ?? 0;
  // A KLV length: one byte, or 0x80 and the number of bytes that follow.
  const value = 17 + (first >= 0x80 ? first & 0x7f : 0);
  if (head.length < value + 32) return { detail: 'the MXF header is cut off' };
  const footer = Number(head.readBigUInt64BE(value + 24));
  const second = footer > 0 ? await findBytes(file, mxfHeaderPartition, footer, fileBytes) : undefined;
  if (second !== undefined) refuseSecondPresentation(second);
  return shorterThan(footer, fileBytes, 'MXF body');
}

const pageStart = Buffer.from('OggS\0', 'latin1');
const pageHeaderBytes = 27;
/** RFC 3533 6: a header, 255 segment lengths, 255 segments of 255 bytes. */
const maxPage = pageHeaderBytes + 255 + 255 * 255;

/** RFC 3533 6: pages stand one behind the other; nothing tells how many there should be. */
async function findTruncationInOgg(file: FileHandle, fileBytes: number): Promise<Truncation | undefined> {
  const start = Math.max(0, fileBytes - maxPage);
  const tail = await readAt(file, start, maxPage);
  const at = tail.lastIndexOf(pageStart);
  if (at < 0) return undefined;
  const lengths = tail.subarray(at + pageHeaderBytes, at + pageHeaderBytes + (tail[at + 26] ?? 0));
  const page = pageHeaderBytes + (tail[at + 26] ?? 255) + lengths.reduce((sum, length) => sum + length, 0);
  if (at + page <= tail.length) return undefined;
  return {
    detail: `the last Ogg page, at byte ${start + at}, has ${tail.length - at} of its ${page} bytes`,
    hidesLength: true,
  };
}
