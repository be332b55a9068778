import { findBox, IsobmffError } from '#core/isobmff/read-boxes.js';
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
