import { av1String, avcString, hevcString } from '#core/isobmff/av1-codec-string.js';
import { ByteCursor } from '#core/isobmff/byte-cursor.js';
import { isInterlacedSps } from '#core/isobmff/is-interlaced-sps.js';
import { readDac3, readEsds } from '#core/isobmff/read-audio-config.js';
import { type Box, findBox } from '#core/isobmff/read-boxes.js';

/** What a track's sample entry says (ISO/IEC 14496-12 8.5.2). */
export interface SampleEntry {
  /** Four characters, such as `avc1`. */
  sampleEntry: string;
  /** RFC 6381; undefined for entries that this reader does not know. */
  codecString: string | undefined;
  /** Pixels; 0 for anything but pictures. */
  width: number;
  height: number;
  /** The width at which pixels are square: `pasp` tells how wide they are. */
  displayWidth: number;
  /** 0 for anything but sound, and where sound does not tell. */
  channels: number;
  /** Bytes of the length before each NAL unit; undefined where there are none. */
  nalLengthBytes: number | undefined;
  /** undefined where the entry does not say. */
  isInterlaced: boolean | undefined;
  /** transfer_characteristics of ISO/IEC 23091-2: 16 is PQ, 18 HLG; undefined where the entry does not say. */
  transfer: number | undefined;
}

/** Bytes before the child boxes: 12.1.3 and 12.2.3. */
const visualBytes = 78;
const audioBytes = 28;

type Described = Partial<Omit<SampleEntry, 'sampleEntry'>>;

export function readSampleEntry(
  init: Buffer,
  entry: Pick<Box, 'type' | 'dataOffset' | 'end'>,
  kind: 'video' | 'audio' | 'other',
): SampleEntry {
  const described =
    kind === 'other' ? {} : kind === 'video' ? readVisual(init, entry) : readAudio(init, entry);
  return {
    sampleEntry: entry.type,
    codecString: undefined,
    width: 0,
    height: 0,
    displayWidth: 0,
    channels: 0,
    nalLengthBytes: undefined,
    isInterlaced: undefined,
    transfer: undefined,
    ...described,
  };
}

type Entry = Pick<Box, 'type' | 'dataOffset' | 'end'>;

function childOf(init: Buffer, entry: Entry, skip: number, type: string): Buffer | undefined {
  const box = findBox(init, [type], Math.min(entry.dataOffset + skip, entry.end), entry.end);
  return box && init.subarray(box.dataOffset, box.end);
}

function readVisual(init: Buffer, entry: Entry): Described {
  const cursor = new ByteCursor(init.subarray(entry.dataOffset, entry.end));
  cursor.skip(24);
  const size = { width: cursor.uint16(), height: cursor.uint16() };
  const child = (type: string): Buffer | undefined => childOf(init, entry, visualBytes, type);
  const displayWidth = Math.round(size.width * readPixelAspect(child('pasp')));
  return {
    ...size,
    displayWidth,
    transfer: readTransfer(child('colr')),
    ...readVideoCodec(entry.type, child),
  };
}

/** ISO/IEC 14496-12 12.1.4: how much wider than high a pixel is. */
function readPixelAspect(pasp: Buffer | undefined): number {
  if (!pasp || pasp.length < 8) return 1;
  const [horizontal, vertical] = [pasp.readUInt32BE(0), pasp.readUInt32BE(4)];
  return horizontal > 0 && vertical > 0 ? horizontal / vertical : 1;
}

function readVideoCodec(type: string, child: (type: string) => Buffer | undefined): Described {
  const avcC = type === 'avc1' || type === 'avc3' ? child('avcC') : undefined;
  if (avcC) {
    const cursor = new ByteCursor(avcC);
    cursor.skip(4);
    return {
      codecString: avcString(type, avcC),
      nalLengthBytes: (cursor.uint8() & 3) + 1,
      isInterlaced: readAvcInterlaced(cursor),
    };
  }
  const hvcC = type === 'hvc1' || type === 'hev1' ? child('hvcC') : undefined;
  if (hvcC) {
    const cursor = new ByteCursor(hvcC);
    cursor.skip(6);
    // general_progressive_source_flag and general_interlaced_source_flag.
    const isInterlaced = (cursor.uint8() & 0xc0) === 0x40;
    cursor.skip(14);
    return { codecString: hevcString(type, hvcC), isInterlaced, nalLengthBytes: (cursor.uint8() & 3) + 1 };
  }
  const av1C = type === 'av01' ? child('av1C') : undefined;
  return av1C ? { codecString: av1String(av1C), isInterlaced: false } : {};
}

/** From the first sequence parameter set of `avcC`. */
function readAvcInterlaced(cursor: ByteCursor): boolean | undefined {
  if ((cursor.uint8() & 0x1f) === 0) return undefined;
  return isInterlacedSps(cursor.slice(cursor.uint16()));
}

function readTransfer(colr: Buffer | undefined): number | undefined {
  if (colr?.toString('latin1', 0, 4) !== 'nclx' || colr.length < 8) return undefined;
  return colr.readUInt16BE(6);
}

function readAudio(init: Buffer, entry: Entry): Described {
  const child = (type: string): Buffer | undefined => childOf(init, entry, audioBytes, type);
  if (entry.type === 'mp4a') {
    const esds = child('esds');
    return esds ? readEsds(esds) : {};
  }
  const dac3 = entry.type === 'ac-3' ? child('dac3') : undefined;
  if (dac3) return readDac3(dac3);
  return entry.type === 'ac-3' || entry.type === 'ec-3' ? { codecString: entry.type } : {};
}
