import type { Truncation } from '#planning/source/timeline.js';
import { type Container, hasMagic } from '#workers/containers/container.js';
import type { SourceFile } from '#workers/containers/source-file.js';

/** Ogg (RFC 3533). */
export const ogg: Container = {
  demuxer: 'ogg',
  recognisedBy: 'magic',
  recognises: (head) => hasMagic(head, 0, 'OggS'),
  seeking: 'none',
  findTruncation,
};

const pageStart = Buffer.from('OggS\0', 'latin1');
const pageHeaderBytes = 27;
/** RFC 3533 6: a header, 255 segment lengths, 255 segments of 255 bytes. */
const maxPageBytes = pageHeaderBytes + 255 + 255 * 255;

/** RFC 3533 6: nothing declares the number of pages, so only an incomplete last page can be found. */
async function findTruncation(file: SourceFile): Promise<Truncation | undefined> {
  const tail = await file.readTail(maxPageBytes);
  const page = tail.lastIndexOf(pageStart);
  if (page < 0) return undefined;
  const segmentCount = tail[page + 26] ?? 0;
  const lengths = tail.subarray(page + pageHeaderBytes, page + pageHeaderBytes + segmentCount);
  const bytes = pageHeaderBytes + (tail[page + 26] ?? 255) + lengths.reduce((sum, length) => sum + length, 0);
  if (page + bytes <= tail.length) return undefined;
  const offset = file.bytes - tail.length + page;
  return {
    detail: `the last Ogg page, at byte ${offset}, has ${tail.length - page} of its ${bytes} bytes`,
    hidesLength: true,
  };
}
