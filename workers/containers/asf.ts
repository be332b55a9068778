import type { Truncation } from '#planning/source/timeline.js';
import {
  type Container,
  compareDeclaredEnd,
  hasMagic,
  refuseJoinedFiles,
} from '#workers/containers/container.js';
import type { SourceFile } from '#workers/containers/source-file.js';

/** Windows Media (Advanced Systems Format specification 01.20). */
export const asf: Container = {
  demuxer: 'asf',
  recognisedBy: 'magic',
  recognises: (head) => hasMagic(head, 0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11'),
  seeking: 'scanned',
  findTruncation,
  // 3.14, 3.15: ffmpeg's names for the Content Encryption Object and the Extended Content Encryption Object.
  encryptionTags: ['ASF_Protection_Type', 'encryption'],
};

const headerObject = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');
const filePropertiesObject = Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex');

/** 3.2: the File Properties Object declares the file's size, unless its broadcast flag is set. */
async function findTruncation(file: SourceFile): Promise<Truncation | undefined> {
  const head = await file.readAt(0, 64 * 1024);
  const offset = head.indexOf(filePropertiesObject);
  if (offset < 0 || offset + 92 > head.length) return undefined;
  const isBroadcast = (head.readUInt32LE(offset + 88) & 1) === 1;
  const end = Number(head.readBigUInt64LE(offset + 40));
  if (end > 0 && end < file.bytes && (await file.readAt(end, 16)).equals(headerObject))
    refuseJoinedFiles(end);
  return isBroadcast ? undefined : compareDeclaredEnd(file, end, 'ASF file');
}
