/** One AAC access unit each. */
export interface AudioFragment {
  sequenceNumber: number;
  /** Base media decode time, samples. */
  tfdt: number;
  samplesPerFrame: number;
  frames: readonly Buffer[];
}

/** Writes a box from its content. */
function box(type: string, ...content: Buffer[]): Buffer {
  const size = content.reduce((sum, part) => sum + part.length, 8);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(size, 0);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, ...content], size);
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}

const defaultBaseIsMoof = 0x020000;
const defaultDuration = 0x8;
const defaultFlags = 0x20;
/** sample_depends_on 2: every AAC frame is a sync sample (ISO/IEC 14496-12 8.8.3.1). */
const syncSample = 0x02000000;
const version1 = 0x01000000;

/**
 * A `moof` and `mdat` of track 1 holding whole AAC frames (ISO/IEC 14496-12 8.8). Written here because no muxer lets its
 * caller say at which frame a segment ends, and the grid needs exactly that.
 */
export function writeAudioFragment(fragment: AudioFragment): Buffer {
  const tfhd = box(
    'tfhd',
    words(defaultBaseIsMoof | defaultDuration | defaultFlags, 1, fragment.samplesPerFrame, syncSample),
  );
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(fragment.tfdt), 0);
  const tfdt = box('tfdt', words(version1), time);
  const mfhd = box('mfhd', words(0, fragment.sequenceNumber));
  const sizes = words(...fragment.frames.map((frame) => frame.length));
  const moofOf = (dataOffset: number): Buffer =>
    box(
      'moof',
      mfhd,
      box('traf', tfhd, tfdt, box('trun', words(0x201, fragment.frames.length, dataOffset), sizes)),
    );
  // The data follows the moof and the mdat's own header; the offset's value does not change the size.
  return Buffer.concat([moofOf(moofOf(0).length + 8), box('mdat', ...fragment.frames)]);
}
