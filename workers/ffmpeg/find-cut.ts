import type { FileHandle } from 'node:fs/promises';

/**
 * Whether the container says that the file is longer than it is: the sign of an upload or export that was cut off.
 * Reads headers only, a few kilobytes of any file. Returns what is missing, or undefined where nothing is.
 */
export async function findCut(
  file: FileHandle,
  fileBytes: number,
  demuxer: string,
): Promise<string | undefined> {
  if (demuxer === 'mov') return findCutInMp4(file, fileBytes);
  if (demuxer === 'matroska') return findCutInMatroska(file, fileBytes);
  if (demuxer === 'avi') return findCutInAvi(file, fileBytes);
  return undefined;
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

/** A file with more top-level boxes than this is fragmented; its end is then looked at through its packets. */
const mostBoxes = 100_000;

/** ISO/IEC 14496-12 4.2: walks the top-level boxes by their sizes. */
async function findCutInMp4(file: FileHandle, fileBytes: number): Promise<string | undefined> {
  let offset = 0;
  let hasMovie = false;
  for (let box = 0; box < mostBoxes && offset + 8 <= fileBytes; box += 1) {
    const header = await readAt(file, offset, 16);
    const type = header.toString('latin1', 4, 8);
    // Padding after the last box is common and harmless.
    if (!/^[A-Za-z0-9 ©]{4}$/.test(type)) break;
    const size32 = header.readUInt32BE(0);
    if (size32 === 1 && header.length < 16) break;
    const size =
      size32 === 1 ? Number(header.readBigUInt64BE(8)) : size32 === 0 ? fileBytes - offset : size32;
    if (size < 8) break;
    hasMovie ||= type === 'moov';
    if (offset + size > fileBytes && ['mdat', 'moov', 'moof'].includes(type)) {
      return `the ${type} box says ${size} bytes from offset ${offset}, the file ends at ${fileBytes}`;
    }
    offset += size;
  }
  return hasMovie || offset < fileBytes
    ? undefined
    : 'there is no moov box: the index at the end of the file is missing';
}

/** RFC 8794 4.4: an element's size is a variable-length integer; all ones means unknown (live recordings). */
async function findCutInMatroska(file: FileHandle, fileBytes: number): Promise<string | undefined> {
  const head = await readAt(file, 0, 4096);
  const ebml = readElement(head, 0);
  const segment = ebml && readElement(head, ebml.end);
  if (!segment || segment.id !== 0x18538067 || segment.size === undefined) return undefined;
  const end = segment.dataOffset + segment.size;
  return end > fileBytes ? `the Matroska segment ends at byte ${end}, the file at ${fileBytes}` : undefined;
}

function readElement(
  bytes: Buffer,
  offset: number,
): { id: number; size: number | undefined; dataOffset: number; end: number } | undefined {
  const id = readVint(bytes, offset, true);
  const size = id && readVint(bytes, offset + id.length, false);
  if (!id || !size) return undefined;
  const dataOffset = offset + id.length + size.length;
  const unknown = size.value === 2 ** (7 * size.length) - 1;
  return { id: id.value, size: unknown ? undefined : size.value, dataOffset, end: dataOffset + size.value };
}

function readVint(
  bytes: Buffer,
  offset: number,
  keepMarker: boolean,
): { value: number; length: number } | undefined {
  const first = bytes[offset];
  if (!first) return undefined;
  const length = Math.clz32(first) - 23;
  let value = keepMarker ? first : first & (0xff >> length);
  for (let index = 1; index < length; index += 1) {
    const byte = bytes[offset + index];
    if (byte === undefined) return undefined;
    value = value * 256 + byte;
  }
  return { value, length };
}

/** A RIFF chunk's size counts what follows its eight-byte header; 0 is what a writer that was killed leaves. */
async function findCutInAvi(file: FileHandle, fileBytes: number): Promise<string | undefined> {
  const header = await readAt(file, 0, 8);
  if (header.length < 8) return 'the RIFF header is cut off';
  const end = header.readUInt32LE(4) + 8;
  return end > fileBytes + 1 ? `the RIFF chunk ends at byte ${end}, the file at ${fileBytes}` : undefined;
}
