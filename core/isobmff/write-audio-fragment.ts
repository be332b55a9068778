import { writeBox, writeWords } from '#core/isobmff/write-box.js';

export interface AudioFragment {
  sequenceNumber: number;
  /** Base media decode time, in samples. */
  tfdt: number;
  samplesPerFrame: number;
  /** One AAC access unit each. */
  frames: readonly Buffer[];
}

const defaultBaseIsMoof = 0x020000;
const defaultDuration = 0x8;
const defaultFlags = 0x20;
/** sample_depends_on 2: every AAC frame is a sync sample (ISO/IEC 14496-12 8.8.3.1). */
const syncSample = 0x02000000;
const version1 = 0x01000000;
/** `trun` flags: a data offset, and a size per sample. */
const offsetAndSizes = 0x201;

/**
 * Writes a `moof` and `mdat` of track 1 that hold whole AAC frames (ISO/IEC 14496-12 8.8). No muxer lets its
 * caller choose the frame at which a segment ends, and the segment grid requires that.
 */
export function writeAudioFragment(fragment: AudioFragment): Buffer {
  const { sequenceNumber, samplesPerFrame, frames } = fragment;
  const tfhd = writeBox(
    'tfhd',
    writeWords(defaultBaseIsMoof | defaultDuration | defaultFlags, 1, samplesPerFrame, syncSample),
  );
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(fragment.tfdt), 0);
  const tfdt = writeBox('tfdt', writeWords(version1), time);
  const mfhd = writeBox('mfhd', writeWords(0, sequenceNumber));
  const sizes = writeWords(...frames.map((frame) => frame.length));
  const writeMoof = (dataOffset: number): Buffer => {
    const trun = writeBox('trun', writeWords(offsetAndSizes, frames.length, dataOffset), sizes);
    return writeBox('moof', mfhd, writeBox('traf', tfhd, tfdt, trun));
  };
  // The data follows the moof and the header of the mdat; the value of the offset does not change the size of
  // the moof.
  return Buffer.concat([writeMoof(writeMoof(0).length + 8), writeBox('mdat', ...frames)]);
}
