import type { Truncation } from '#planning/source/timeline.js';
import { type Container, compareDeclaredEnd, hasMagic } from '#workers/containers/container.js';
import type { SourceFile } from '#workers/containers/source-file.js';

/** AVI, a RIFF form. */
export const avi: Container = {
  demuxer: 'avi',
  recognisedBy: 'magic',
  recognises: (head) => hasMagic(head, 0, 'RIFF') && hasMagic(head, 8, 'AVI ', 'AVIX'),
  seeking: 'indexed',
  mayLackPresentationTimes: () => true,
  findTruncation,
};

/** A RIFF chunk's size counts the bytes after its eight-byte header; a writer that was killed leaves 0. */
async function findTruncation(file: SourceFile): Promise<Truncation | undefined> {
  const header = await file.readAt(0, 8);
  if (header.length < 8) return { detail: 'the RIFF header is incomplete' };
  const end = header.readUInt32LE(4) + 8;
  // The byte that pads the last chunk to an even size may be missing.
  return end > file.bytes + 1 ? compareDeclaredEnd(file, end, 'RIFF chunk') : undefined;
}
