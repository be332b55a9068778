import type { SampleEntry } from '#core/isobmff/read-sample-entry.js';

/**
 * Whether decoding can start at a sample without reference to earlier ones: an IDR picture in H.264 and HEVC,
 * a shown key frame in AV1. Reads the coded data, because container flags only repeat what the muxer assumed.
 * undefined for other codecs.
 */
export function startsWithIdr(
  sample: Buffer,
  entry: Pick<SampleEntry, 'sampleEntry' | 'nalLengthBytes'>,
): boolean | undefined {
  const { sampleEntry, nalLengthBytes } = entry;
  if (sampleEntry === 'av01') return firstFrameIsKey(sample);
  if (nalLengthBytes === undefined) return undefined;
  return firstSliceIsIdr(sample, nalLengthBytes, sampleEntry.startsWith('avc') ? 'avc' : 'hevc');
}

/**
 * Whether a NAL unit is a slice of an IDR picture, from the first byte of its header; undefined if it is no
 * slice.
 */
export function isIdrNal(codec: 'avc' | 'hevc', header: number): boolean | undefined {
  if (codec === 'avc') {
    // ITU-T H.264 table 7-1: types 1 to 5 are slices, type 5 belongs to an IDR picture.
    const type = header & 0x1f;
    return type >= 1 && type <= 5 ? type === 5 : undefined;
  }
  // ITU-T H.265 table 7-1: types below 32 are slices, 19 and 20 belong to an IDR picture. 21 (CRA) may have
  // leading pictures.
  const type = (header >> 1) & 0x3f;
  return type < 32 ? type === 19 || type === 20 : undefined;
}

/** Walks length-prefixed NAL units to the first slice. */
function firstSliceIsIdr(sample: Buffer, lengthBytes: number, codec: 'avc' | 'hevc'): boolean {
  let offset = 0;
  while (offset + lengthBytes < sample.length) {
    const isIdr = isIdrNal(codec, sample[offset + lengthBytes] ?? 0);
    if (isIdr !== undefined) return isIdr;
    offset += lengthBytes + sample.readUIntBE(offset, lengthBytes);
  }
  return false;
}

/** Walks OBUs (AV1 specification 5.3) to the first frame or frame header. */
function firstFrameIsKey(sample: Buffer): boolean {
  let offset = 0;
  while (offset < sample.length) {
    const header = sample[offset] ?? 0;
    const type = (header >> 3) & 0xf;
    let content = offset + (header & 0x4 ? 2 : 1);
    let size = sample.length - content;
    if (header & 0x2) ({ value: size, end: content } = readLeb128(sample, content));
    // OBU_FRAME_HEADER 3, OBU_FRAME 6: show_existing_frame 0, frame_type KEY_FRAME 0, show_frame 1.
    if (type === 3 || type === 6) return ((sample[content] ?? 0xff) & 0xf0) === 0x10;
    offset = content + size;
  }
  return false;
}

function readLeb128(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  let end = start;
  for (let index = 0; index < 8; index += 1) {
    const byte = bytes[end] ?? 0;
    value += (byte & 0x7f) * 2 ** (index * 7);
    end += 1;
    if (!(byte & 0x80)) break;
  }
  return { value, end };
}
