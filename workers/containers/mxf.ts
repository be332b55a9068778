import type { Truncation } from '#planning/source/timeline.js';
import {
  type Container,
  compareDeclaredEnd,
  hasMagic,
  refuseJoinedFiles,
} from '#workers/containers/container.js';
import type { SourceFile } from '#workers/containers/source-file.js';

/** Material Exchange Format (SMPTE ST 377-1). */
export const mxf: Container = {
  demuxer: 'mxf',
  recognisedBy: 'magic',
  recognises: (head) => hasMagic(head, 0, '\x06\x0e\x2b\x34\x02\x05\x01\x01'),
  seeking: 'indexed',
  findTruncation,
};

/** 7.1: how the key of a header partition begins; a file has one. */
const headerPartition = Buffer.from('060e2b34020501010d0102010102', 'hex');

/** 7.1: the header partition declares where the footer partition begins, or 0 if the writer did not know. */
async function findTruncation(file: SourceFile): Promise<Truncation | undefined> {
  const head = await file.readAt(0, 128);
  // A KLV length: one byte, or 0x80 plus the number of bytes that follow.
  const lengthByte = head[16] ?? 0;
  const value = 17 + (lengthByte >= 0x80 ? lengthByte & 0x7f : 0);
  if (head.length < value + 32) return { detail: 'the MXF header is incomplete' };
  const footer = Number(head.readBigUInt64BE(value + 24));
  const second = footer > 0 ? await file.find(headerPartition, footer) : undefined;
  if (second !== undefined) refuseJoinedFiles(second);
  return compareDeclaredEnd(file, footer, 'MXF body');
}
