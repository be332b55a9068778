import type { FileHandle } from 'node:fs/promises';
import type { Truncation } from '#planning/source/timeline.js';
import { maxElementHeader, readElement } from '#workers/containers/ebml.js';
import { readAt } from '#workers/containers/read-at.js';
import { brokenPacketBytes } from '#workers/containers/transport-packets.js';

/**
 * Containers that tell no length are whole as long as their last packet is: one that is not is the sign of an upload that
 * was cut off, and of how much, nothing tells. Undefined where something else stands behind the film.
 */
export async function findBrokenEnd(
  file: FileHandle,
  fileBytes: number,
  demuxer: string,
): Promise<Truncation | undefined> {
  const missing = await readers[demuxer]?.(file, fileBytes);
  return missing === undefined
    ? undefined
    : { detail: `the file ends at byte ${fileBytes}, ${missing}`, hidesLength: true };
}

/** Says what the end is in the middle of. */
type EndReader = (file: FileHandle, fileBytes: number) => Promise<string | undefined>;

const readers: Record<string, EndReader | undefined> = {
  mpegts: readTransportEnd,
  mpeg: readProgramEnd,
  matroska: readMatroskaEnd,
};

/** Room for many packets of any size. */
const tailBytes = 2 ** 18;

const readTail = (file: FileHandle, fileBytes: number): Promise<Buffer> =>
  readAt(file, Math.max(0, fileBytes - tailBytes), tailBytes);

async function readTransportEnd(file: FileHandle, fileBytes: number): Promise<string | undefined> {
  const bytes = brokenPacketBytes(await readTail(file, fileBytes));
  return bytes === 0 ? undefined : `after ${bytes} bytes of a transport packet`;
}

const packStart = Buffer.from([0, 0, 1, 0xba]);
/** ISO/IEC 13818-1 2.4.3.7: stream identifiers from here on begin packets that tell their length. */
const firstPacketId = 0xbb;

/** 2.5.3.3: a pack's header is 14 bytes and stuffing, in MPEG-1 12; packets follow it. */
async function readProgramEnd(file: FileHandle, fileBytes: number): Promise<string | undefined> {
  const tail = await readTail(file, fileBytes);
  const pack = tail.lastIndexOf(packStart);
  if (pack < 0) return undefined;
  const isMpeg2 = ((tail[pack + 4] ?? 0) & 0xc0) === 0x40;
  let at = pack + (isMpeg2 ? 14 + ((tail[pack + 13] ?? 0) & 7) : 12);
  while (at + 6 <= tail.length && tail.readUIntBE(at, 3) === 1 && (tail[at + 3] ?? 0) >= firstPacketId) {
    const end = at + 6 + tail.readUInt16BE(at + 4);
    if (end > tail.length) return `after ${tail.length - at} of ${end - at} bytes of a packet`;
    at = end;
  }
  return undefined;
}

const cluster = 0x1f43_b675;
const clusterStart = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
/** RFC 9559 5.1.3: what clusters hold of the film (blocks alone and in groups), and between its parts. */
const partsOfClip = new Set([cluster, 0xa3, 0xa0, 0xaf, 0xe7, 0xa7, 0xab, 0x5854, 0xbf, 0xec]);
/** Clusters of recorders are seconds long, and so are those that are looked for. */
const maxClusterBytes = 2 ** 26;
const maxElements = 100_000;

async function readMatroskaEnd(file: FileHandle, fileBytes: number): Promise<string | undefined> {
  let offset = (await findLastCluster(file, fileBytes)) ?? fileBytes;
  for (let count = 0; count < maxElements; count += 1) {
    const element = readElement(await readAt(file, offset, maxElementHeader), 0);
    if (!element || !partsOfClip.has(element.id)) return undefined;
    const end = offset + element.end;
    if (element.id === cluster) offset += element.dataOffset;
    else if (end > fileBytes) return `after ${fileBytes - offset} of ${end - offset} bytes of a block`;
    else offset = end;
  }
  return undefined;
}

async function findLastCluster(file: FileHandle, fileBytes: number): Promise<number | undefined> {
  for (let end = fileBytes; end > Math.max(0, fileBytes - maxClusterBytes); end -= tailBytes) {
    const start = Math.max(0, end - tailBytes);
    const at = (await readAt(file, start, end - start + clusterStart.length - 1)).lastIndexOf(clusterStart);
    if (at >= 0) return start + at;
  }
  return undefined;
}
