import type { Truncation } from '#planning/source/timeline.js';
import { type Container, compareDeclaredEnd, hasMagic } from '#workers/containers/container.js';
import { childElements, maxElementHeaderBytes, readElement } from '#workers/containers/ebml.js';
import type { SourceFile } from '#workers/containers/source-file.js';

/** Matroska and WebM (RFC 9559). */
export const matroska: Container = {
  demuxer: 'matroska',
  whitelistName: 'matroska,webm',
  recognisedBy: 'magic',
  recognises: (head) => hasMagic(head, 0, '\x1a\x45\xdf\xa3'),
  seeking: 'indexed',
  // Files remuxed from AVI keep its codec header, which sets the tag, and their blocks carry decode times.
  mayLackPresentationTimes: ({ codec_tag_string: tag }) => tag !== '[0][0][0][0]',
  findTruncation,
  encryption: { findTracks: findEncryptedTracks, trackNumberOf: ({ index }) => index },
};

/** RFC 9559 5.1: element identifiers. */
const ids = {
  segment: 0x1853_8067,
  tracks: 0x1654_ae6b,
  trackEntry: 0xae,
  trackType: 0x83,
  contentEncodings: 0x6d80,
  contentEncoding: 0x6240,
  contentEncryption: 0x5035,
  cluster: 0x1f43_b675,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  encryptedBlock: 0xaf,
  timestamp: 0xe7,
  position: 0xa7,
  prevSize: 0xab,
  silentTracks: 0x5854,
  crc32: 0xbf,
  voidElement: 0xec,
};

/** 5.1: a file is an EBML header and one segment. Live recordings do not declare the segment's size. */
async function findTruncation(file: SourceFile): Promise<Truncation | undefined> {
  const head = await file.readAt(0, 4096);
  const header = readElement(head, 0);
  const segment = header && readElement(head, header.end);
  if (!segment || segment.id !== ids.segment) return undefined;
  if (segment.size === undefined) return findBrokenBlock(file);
  return compareDeclaredEnd(file, segment.dataOffset + segment.size, 'Matroska segment');
}

/** 5.1.3: clusters and the elements inside them. */
const clusterElements = new Set([
  ...[ids.cluster, ids.simpleBlock, ids.blockGroup, ids.encryptedBlock, ids.timestamp, ids.position],
  ...[ids.prevSize, ids.silentTracks, ids.crc32, ids.voidElement],
]);
const maxElements = 100_000;

/** Follows the last cluster's elements to the end of the file, and reports a block that it ends inside. */
async function findBrokenBlock(file: SourceFile): Promise<Truncation | undefined> {
  let offset = (await findLastCluster(file)) ?? file.bytes;
  for (let count = 0; count < maxElements; count += 1) {
    const element = readElement(await file.readAt(offset, maxElementHeaderBytes), 0);
    if (!element || !clusterElements.has(element.id)) return undefined;
    const end = offset + element.end;
    if (element.id !== ids.cluster && end > file.bytes) {
      const detail = `after ${file.bytes - offset} of ${end - offset} bytes of a block`;
      return { detail: `the file ends at byte ${file.bytes}, ${detail}`, hidesLength: true };
    }
    offset = element.id === ids.cluster ? offset + element.dataOffset : end;
  }
  return undefined;
}

const clusterStart = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
/** Recorders write clusters of a few seconds; the last one begins within this distance of the end. */
const maxClusterBytes = 2 ** 26;
const searchBytes = 2 ** 18;

async function findLastCluster(file: SourceFile): Promise<number | undefined> {
  for (let end = file.bytes; end > Math.max(0, file.bytes - maxClusterBytes); end -= searchBytes) {
    const start = Math.max(0, end - searchBytes);
    const index = (await file.readAt(start, end - start + clusterStart.length - 1)).lastIndexOf(clusterStart);
    if (index >= 0) return start + index;
  }
  return undefined;
}

/** 5.1.4.1.3: the track types that ffprobe reports: video, audio, subtitles, metadata. */
const reportedTypes = new Set([1, 2, 17, 33]);

/** Numbers tracks as ffprobe does, which leaves out those of other types. */
async function findEncryptedTracks(file: SourceFile): Promise<ReadonlySet<number>> {
  const reported = childrenOf(await readTracks(file), ids.trackEntry).filter((entry) =>
    childrenOf(entry, ids.trackType).some((type) => reportedTypes.has(type.at(-1) ?? 0)),
  );
  return new Set(reported.flatMap((entry, index) => (isEncrypted(entry) ? index : [])));
}

const isEncrypted = (trackEntry: Buffer): boolean =>
  childrenOf(trackEntry, ids.contentEncodings)
    .flatMap((encodings) => childrenOf(encodings, ids.contentEncoding))
    .some((encoding) => childrenOf(encoding, ids.contentEncryption).length > 0);

const maxTracksBytes = 2 * 2 ** 20;
/** No real file has this many elements before its tracks. */
const maxElementsBeforeTracks = 20_000;

/** The content of the Tracks element; empty if none precedes the first cluster. */
async function readTracks(file: SourceFile): Promise<Buffer> {
  let offset = 0;
  for (let count = 0; count < maxElementsBeforeTracks; count += 1) {
    const element = readElement(await file.readAt(offset, maxElementHeaderBytes), 0);
    if (!element || element.id === ids.cluster) break;
    if (element.id === ids.tracks)
      return file.readAt(offset + element.dataOffset, Math.min(element.size ?? 0, maxTracksBytes));
    offset += element.id === ids.segment ? element.dataOffset : element.end;
  }
  return Buffer.alloc(0);
}

/** The content of each child of `parent` with this identifier. */
const childrenOf = (parent: Buffer, id: number): Buffer[] =>
  [...childElements(parent)]
    .filter((element) => element.id === id)
    .map(({ dataOffset, end }) => parent.subarray(dataOffset, end));
