import { BitReader } from '#core/isobmff/bit-reader.js';
import { ByteCursor } from '#core/isobmff/byte-cursor.js';
import { IsobmffError } from '#core/isobmff/read-boxes.js';

/** What a decoder is set up with. The sample entry's own channel count is 2, whatever the sound (ISO/IEC 14496-14 5.6). */
export interface AudioConfig {
  /** RFC 6381. */
  codecString: string;
  /** 0 where it does not tell. */
  channels: number;
}

/** ISO/IEC 14496-1 7.2.6: descriptors with variable-length sizes; DecoderSpecificInfo is an AudioSpecificConfig. */
export function readEsds(esds: Buffer): AudioConfig {
  const cursor = new ByteCursor(esds);
  cursor.skip(4);
  if (descriptorTag(cursor) !== 3) throw new IsobmffError('the esds box has no ES descriptor');
  cursor.skip(2);
  const flags = cursor.uint8();
  if (flags & 0x80) cursor.skip(2);
  if (flags & 0x40) cursor.skip(cursor.uint8());
  if (flags & 0x20) cursor.skip(2);
  if (descriptorTag(cursor) !== 4) throw new IsobmffError('the esds box has no decoder configuration');
  const objectType = cursor.uint8().toString(16);
  cursor.skip(12);
  if (cursor.remaining === 0 || descriptorTag(cursor) !== 5)
    return { codecString: `mp4a.${objectType}`, channels: 0 };
  const { type, channels } = readAudioSpecificConfig(cursor.slice(cursor.remaining));
  return { codecString: `mp4a.${objectType}.${type}`, channels };
}

/** By channelConfiguration, ISO/IEC 14496-3 table 1.19; the rest are told elsewhere. */
const aacChannels = [0, 1, 2, 3, 4, 5, 6, 8];
const highEfficiency = 5;
const parametricStereo = 29;

/** ISO/IEC 14496-3 1.6.2.1. */
function readAudioSpecificConfig(config: Buffer): { type: number; channels: number } {
  const bits = new BitReader(config);
  const short = bits.read(5);
  const type = short === 31 ? 32 + bits.read(6) : short;
  if (bits.read(4) === 15) bits.read(24);
  const channels = aacChannels[bits.read(4)] ?? 0;
  // One coded channel may be shown as two.
  const mayBeStereo = channels === 1 && (type === highEfficiency || type === parametricStereo);
  return { type, channels: bits.isExhausted || mayBeStereo ? 0 : channels };
}

/** By acmod, ETSI TS 102 366 table 4.3. */
const ac3Channels = [2, 1, 2, 3, 3, 4, 4, 5];

/** ETSI TS 102 366 F.4. */
export function readDac3(dac3: Buffer): AudioConfig {
  const bits = new BitReader(dac3);
  bits.read(10);
  return { codecString: 'ac-3', channels: (ac3Channels[bits.read(3)] ?? 0) + bits.read(1) };
}

/** Reads a descriptor's tag and passes over its size: seven bits a byte, the top bit set on all but the last. */
function descriptorTag(cursor: ByteCursor): number {
  const tag = cursor.uint8();
  while (cursor.uint8() & 0x80);
  return tag;
}
