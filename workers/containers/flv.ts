import type { Truncation } from '#planning/source/timeline.js';
import {
  type Container,
  hasMagic,
  refuseJoinedFiles,
  wideProbeOptions,
} from '#workers/containers/container.js';
import type { SourceFile } from '#workers/containers/source-file.js';

/** Flash Video (Adobe Flash Video File Format Specification 10.1, annex E). */
export const flv: Container = {
  demuxer: 'flv',
  recognisedBy: 'magic',
  recognises: (head) => hasMagic(head, 0, 'FLV\x01'),
  inputOptions: wideProbeOptions,
  seeking: 'scanned',
  findTruncation,
};

/** E.3: every tag is followed by its size, which counts 11 bytes of header and the data. */
async function findTruncation(file: SourceFile): Promise<Truncation | undefined> {
  const head = await file.readAt(0, 64 * 1024);
  await refuseSecondFile(file, readMetadataNumber(head, 'filesize') ?? file.bytes);
  const end = await file.readTail(4);
  if (end.length < 4) return { detail: 'the FLV header is incomplete' };
  const tagBytes = end.readUInt32BE(0);
  const tag = await file.readAt(Math.max(0, file.bytes - 4 - tagBytes), 4);
  const isWhole = tagBytes >= 11 && tagBytes < file.bytes && tag.length === 4;
  if (isWhole && tag.readUIntBE(1, 3) + 11 === tagBytes) return undefined;
  const detail = `the file ends at byte ${file.bytes}, inside an FLV tag`;
  const declaresDuration = (readMetadataNumber(head, 'duration') ?? 0) > 0;
  return declaresDuration ? { detail } : { detail, hidesLength: true };
}

async function refuseSecondFile(file: SourceFile, declaredBytes: number): Promise<void> {
  if (!Number.isInteger(declaredBytes) || declaredBytes <= 0) return;
  if ((await file.readAt(declaredBytes, 3)).toString('latin1') === 'FLV') refuseJoinedFiles(declaredBytes);
}

/** E.5: a number in the `onMetaData` tag: its name, the type 0 and a double. */
function readMetadataNumber(head: Buffer, name: 'filesize' | 'duration'): number | undefined {
  const property = Buffer.from(`\0\x08${name}\0`, 'latin1');
  const index = head.indexOf(property);
  const offset = index + property.length;
  return index < 0 || offset + 8 > head.length ? undefined : head.readDoubleBE(offset);
}
