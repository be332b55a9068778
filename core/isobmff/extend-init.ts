import type { HdrMetadata } from '#core/contracts/hdr-metadata.js';
import { type Box, findBox, IsobmffError, readBoxes } from '#core/isobmff/read-boxes.js';
import { writeBox } from '#core/isobmff/write-box.js';

/**
 * Adds an edit list to an init segment so that its first track is presented from `mediaTime` ticks of its
 * media (ISO/IEC 14496-12 8.6.6). This compensates the encoder's reordering delay: the first frame is shown
 * at zero, and the `tfdt` of a fragment equals the presentation time of its first frame. Throws IsobmffError
 * if the track has an edit list already.
 */
export function withEditList(init: Buffer, mediaTime: number): Buffer {
  if (mediaTime === 0) return init;
  const moov = findBox(init, ['moov']);
  const trak = findBox(init, ['moov', 'trak']);
  const tkhd = findBox(init, ['moov', 'trak', 'tkhd']);
  if (!moov || !trak || !tkhd) {
    throw new IsobmffError('the init segment has no track to add an edit list to');
  }
  if (findBox(init, ['moov', 'trak', 'edts'])) {
    throw new IsobmffError('the init segment already has an edit list');
  }
  const edts = writeBox('edts', writeBox('elst', singleEdit(mediaTime)));
  const result = Buffer.concat([init.subarray(0, tkhd.end), edts, init.subarray(tkhd.end)]);
  result.writeUInt32BE(moov.end - moov.offset + edts.length, moov.offset);
  result.writeUInt32BE(trak.end - trak.offset + edts.length, trak.offset);
  return result;
}

/**
 * Version and flags 0, one entry; segment_duration 0 means "to the end" in fragmented files; media_rate 1.0.
 */
function singleEdit(mediaTime: number): Buffer {
  const content = Buffer.alloc(20);
  content.writeUInt32BE(1, 4);
  content.writeInt32BE(mediaTime, 12);
  content.writeUInt16BE(1, 16);
  return content;
}

/**
 * Adds HDR10 metadata to the sample entry of an init segment's first track: `mdcv` and `clli` (ISO/IEC
 * 14496-12 12.1.5.4 and 12.1.5.5). Players that configure a display before they decode read these boxes, not
 * the stream. A box for which `metadata` has no values is omitted.
 */
export function withHdrBoxes(init: Buffer, metadata: HdrMetadata | undefined): Buffer {
  const boxes = [
    ...(metadata?.masteringDisplay ? [masteringBox(metadata.masteringDisplay)] : []),
    ...(metadata?.contentLight ? [contentLightBox(metadata.contentLight)] : []),
  ];
  if (boxes.length === 0) return init;
  const added = Buffer.concat(boxes);
  const parents = pathToEntry(init);
  const { end } = parents.at(-1) as Box;
  const result = Buffer.concat([init.subarray(0, end), added, init.subarray(end)]);
  for (const box of parents) result.writeUInt32BE(box.end - box.offset + added.length, box.offset);
  return result;
}

/** The first sample entry and every box around it: all of them grow. */
function pathToEntry(init: Buffer): Box[] {
  const names = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'];
  const boxes = names.map((_, depth) => findBox(init, names.slice(0, depth + 1)));
  const stsd = boxes.at(-1);
  // Entries follow the version, the flags and the entry count.
  const entry = stsd && [...readBoxes(init, Math.min(stsd.dataOffset + 8, stsd.end), stsd.end)][0];
  if (!entry) throw new IsobmffError('the init segment has no sample entry to add HDR metadata to');
  return [...boxes.filter((box) => box !== undefined), entry];
}

function masteringBox(display: NonNullable<HdrMetadata['masteringDisplay']>): Buffer {
  const { red, green, blue, white } = display;
  const content = Buffer.alloc(24);
  // Green first: the order of ITU-T H.265 D.3.28.
  [green, blue, red, white].forEach(({ x, y }, index) => {
    content.writeUInt16BE(x, index * 4);
    content.writeUInt16BE(y, index * 4 + 2);
  });
  content.writeUInt32BE(display.maxLuminance, 16);
  content.writeUInt32BE(display.minLuminance, 20);
  return writeBox('mdcv', content);
}

function contentLightBox({ maxContent, maxFrameAverage }: NonNullable<HdrMetadata['contentLight']>): Buffer {
  const content = Buffer.alloc(4);
  content.writeUInt16BE(maxContent, 0);
  content.writeUInt16BE(maxFrameAverage, 2);
  return writeBox('clli', content);
}
