import { BitReader, ByteCursor } from '#core/isobmff/byte-cursor.js';
import { IsobmffError } from '#core/isobmff/read-boxes.js';

/** Decoder configuration. The channel count of the sample entry itself is always 2 (ISO/IEC 14496-14 5.6). */
export interface AudioConfig {
  /** RFC 6381. */
  codecString: string;
  /** 0 if the configuration does not declare it. */
  channels: number;
}

/** Reads the descriptors of `esds` (ISO/IEC 14496-1 7.2.6); DecoderSpecificInfo is an AudioSpecificConfig. */
export function readEsds(esds: Buffer): AudioConfig {
  const cursor = new ByteCursor(esds);
  cursor.skip(4);
  if (readDescriptorTag(cursor) !== 3) throw new IsobmffError('the esds box has no ES descriptor');
  cursor.skip(2);
  const flags = cursor.uint8();
  if (flags & 0x80) cursor.skip(2);
  if (flags & 0x40) cursor.skip(cursor.uint8());
  if (flags & 0x20) cursor.skip(2);
  if (readDescriptorTag(cursor) !== 4) throw new IsobmffError('the esds box has no decoder configuration');
  const objectType = cursor.uint8().toString(16);
  cursor.skip(12);
  if (cursor.remaining === 0 || readDescriptorTag(cursor) !== 5)
    return { codecString: `mp4a.${objectType}`, channels: 0 };
  const { type, channels } = readAudioSpecificConfig(cursor.slice(cursor.remaining));
  return { codecString: `mp4a.${objectType}.${type}`, channels };
}

/**
 * Channels by channelConfiguration (ISO/IEC 14496-3 table 1.19); 0 means that the bit stream declares them.
 */
const aacChannels = [0, 1, 2, 3, 4, 5, 6, 8];
const highEfficiency = 5;
const parametricStereo = 29;

/** Reads AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1). */
function readAudioSpecificConfig(config: Buffer): { type: number; channels: number } {
  const bits = new BitReader(config);
  const short = bits.read(5);
  const type = short === 31 ? 32 + bits.read(6) : short;
  if (bits.read(4) === 15) bits.read(24);
  const channels = aacChannels[bits.read(4)] ?? 0;
  // With parametric stereo one coded channel decodes to two.
  const mayBeStereo = channels === 1 && (type === highEfficiency || type === parametricStereo);
  return { type, channels: bits.isExhausted || mayBeStereo ? 0 : channels };
}

/** Channels by acmod (ETSI TS 102 366 table 4.3). */
const ac3Channels = [2, 1, 2, 3, 3, 4, 4, 5];

/** Reads AC3SpecificBox (ETSI TS 102 366 F.4). */
export function readDac3(dac3: Buffer): AudioConfig {
  const bits = new BitReader(dac3);
  bits.read(10);
  return { codecString: 'ac-3', channels: (ac3Channels[bits.read(3)] ?? 0) + bits.read(1) };
}

/**
 * Reads the tag of a descriptor and skips its size: seven bits per byte, the top bit set on all bytes but the
 * last.
 */
function readDescriptorTag(cursor: ByteCursor): number {
  const tag = cursor.uint8();
  while (cursor.uint8() & 0x80);
  return tag;
}
