import { SourceRefusedError } from '#core/contracts/failure.js';
import type { Truncation } from '#planning/source/timeline.js';
import { type Container, hasMagic, refuseJoinedFiles } from '#workers/containers/container.js';
import { type Mp4Box, Mp4BoxReader } from '#workers/containers/mp4-boxes.js';
import type { SourceFile } from '#workers/containers/source-file.js';

const firstBoxTypes = 'ftyp moov mdat wide free skip pnot styp moof sidx uuid pdin'.split(' ');

/** MP4, QuickTime and 3GP (ISO/IEC 14496-12). */
export const mp4: Container = {
  demuxer: 'mov',
  whitelistName: 'mov,mp4,m4a,3gp,3g2,mj2',
  recognisedBy: 'magic',
  recognises: (head) => hasMagic(head, 4, ...firstBoxTypes),
  seeking: 'indexed',
  hasSampleIndex: true,
  seeksByDecodeTime: true,
  findTruncation,
  encryption: { findTracks: findProtectedTracks, trackNumberOf: ({ id }) => Number(id) },
};

/** Only a fragmented file has more top-level boxes; its packets show where it ends. */
const maxTopLevelBoxes = 100_000;
const boxType = /^[A-Za-z0-9 ©]{4}$/;

/** Walks the top-level boxes by their sizes. */
async function findTruncation(file: SourceFile): Promise<Truncation | undefined> {
  const seen = new Set<string>();
  let end = 0;
  for await (const box of new Mp4BoxReader(file, maxTopLevelBoxes).read(0, file.bytes)) {
    // Padding after the last box is common and harmless.
    if (!boxType.test(box.type)) break;
    if (seen.size === 0 || (seen.size === 1 && seen.has('styp'))) refuseSegment(box.type);
    if (box.type === 'ftyp' && isCompleteMovie(seen)) await refuseSecondMovie(file, box);
    seen.add(box.type);
    end = box.offset + box.bytes;
    if (end > file.bytes && ['mdat', 'moov', 'moof'].includes(box.type)) return truncatedBox(file, box, seen);
  }
  if (seen.has('moof') && end < file.bytes) return findLostFragment(file, end);
  const holdsMedia = seen.has('moof') || seen.has('mdat');
  if (seen.has('moov') && !holdsMedia && end === file.bytes)
    return { detail: 'the file has an index (moov box) but no media', hidesLength: true };
  return seen.has('moov') || end < file.bytes
    ? undefined
    : { detail: 'the file has no index (moov box), which writers often put last' };
}

function truncatedBox(file: SourceFile, { type, offset, bytes }: Mp4Box, seen: Set<string>): Truncation {
  const declared = `the ${type} box at byte ${offset} declares ${bytes} bytes`;
  const detail = `${declared}, but the file ends at byte ${file.bytes}`;
  // A fragmented file does not declare how many fragments it has.
  return seen.has('moof')
    ? { detail, hidesLength: true }
    : { detail, presentShare: file.bytes / (offset + bytes) };
}

/** Refuses a media segment, which begins with these boxes (8.16.2): it cannot be decoded alone. */
function refuseSegment(firstBoxType: string): void {
  if (!['moof', 'sidx', 'emsg', 'prft'].includes(firstBoxType)) return;
  throw new SourceRefusedError('unsupported', 'the file is a media segment without its init segment');
}

const isCompleteMovie = (seen: Set<string>): boolean =>
  seen.has('moov') && seen.has('mdat') && !seen.has('moof');

/** 4.3: a file has one `ftyp`. Another one, after a complete movie and before more boxes, begins a second. */
async function refuseSecondMovie(file: SourceFile, ftyp: Mp4Box): Promise<void> {
  const next = (await file.readAt(ftyp.offset + ftyp.bytes, 8)).toString('latin1', 4);
  if (['moov', 'mdat', 'free', 'wide', 'uuid'].includes(next)) refuseJoinedFiles(ftyp.offset);
}

/** A movie fragment box and the header of its first child. */
const fragmentStart = Buffer.from('moof\0\0\0\x10mfhd', 'latin1');

/** Demuxers stop at the first bytes that are not a box: padding, or a hole with more fragments after it. */
async function findLostFragment(file: SourceFile, from: number): Promise<Truncation | undefined> {
  const typeOffset = await file.find(fragmentStart, from);
  if (typeOffset === undefined) return undefined;
  const holeBytes = typeOffset - 4 - from;
  return {
    detail: `${holeBytes} bytes from byte ${from} are not MP4 boxes, and more fragments follow them`,
    presentShare: from / file.bytes,
  };
}

/** Sample entries of protected tracks: 8.12.1, and those that iTunes wrote before it. */
const protectedEntries = new Set(['encv', 'enca', 'enct', 'encs', 'drmi', 'drms', 'drmt']);
/** No real file has this many boxes before its tracks. */
const maxBoxes = 20_000;

async function findProtectedTracks(file: SourceFile): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  const boxes = new Mp4BoxReader(file, maxBoxes);
  const movie = await boxes.findFirst({ dataOffset: 0, end: file.bytes }, ['moov']);
  if (!movie) return found;
  for await (const track of boxes.children(movie, 'trak')) {
    const id = (await isProtected(file, boxes, track)) ? await readTrackId(file, boxes, track) : undefined;
    if (id !== undefined) found.add(id);
  }
  return found;
}

/** 8.5.2: version and flags, the number of entries, then the first entry's size and type. */
async function isProtected(file: SourceFile, boxes: Mp4BoxReader, track: Mp4Box): Promise<boolean> {
  const description = await boxes.findFirst(track, ['mdia', 'minf', 'stbl', 'stsd']);
  if (!description) return false;
  const type = (await file.readAt(description.dataOffset + 12, 4)).toString('latin1');
  return protectedEntries.has(type);
}

/** 8.3.2: two times precede it, of 32 bits each, or of 64 in version 1. */
async function readTrackId(
  file: SourceFile,
  boxes: Mp4BoxReader,
  track: Mp4Box,
): Promise<number | undefined> {
  const header = await boxes.findFirst(track, ['tkhd']);
  if (!header) return undefined;
  const bytes = await file.readAt(header.dataOffset, 24);
  const offset = bytes[0] === 1 ? 20 : 12;
  return bytes.length < offset + 4 ? undefined : bytes.readUInt32BE(offset);
}
