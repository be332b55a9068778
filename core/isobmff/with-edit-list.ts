import { findBox, IsobmffError } from '#core/isobmff/read-boxes.js';

/**
 * An init segment whose first track's presentation begins at `mediaTime` ticks of its media (ISO/IEC 14496-12 8.6.6): the
 * encoder's reordering delay is taken back, and the first frame is shown at zero. A fragment's `tfdt` then is exactly the
 * time its first frame is shown at. Any edit list that was there is an error: there must be one answer.
 */
export function withEditList(init: Buffer, mediaTime: number): Buffer {
  if (mediaTime === 0) return init;
  const moov = findBox(init, ['moov']);
  const trak = findBox(init, ['moov', 'trak']);
  const tkhd = findBox(init, ['moov', 'trak', 'tkhd']);
  if (!moov || !trak || !tkhd)
    throw new IsobmffError('the init segment has no track to put an edit list into');
  if (findBox(init, ['moov', 'trak', 'edts']))
    throw new IsobmffError('the init segment already has an edit list');
  const edts = editBox(mediaTime);
  const result = Buffer.concat([init.subarray(0, tkhd.end), edts, init.subarray(tkhd.end)]);
  result.writeUInt32BE(moov.end - moov.offset + edts.length, moov.offset);
  result.writeUInt32BE(trak.end - trak.offset + edts.length, trak.offset);
  return result;
}

function editBox(mediaTime: number): Buffer {
  const edts = Buffer.alloc(36);
  edts.writeUInt32BE(36, 0);
  edts.write('edts', 4, 'latin1');
  edts.writeUInt32BE(28, 8);
  edts.write('elst', 12, 'latin1');
  // Version and flags 0; one entry; segment_duration 0: to the end, as fragmented files have it; media_rate 1.0.
  edts.writeUInt32BE(1, 20);
  edts.writeInt32BE(mediaTime, 28);
  edts.writeUInt16BE(1, 32);
  return edts;
}
