import { ByteCursor } from '#core/isobmff/byte-cursor.js';
import { readDac3, readEsds } from '#core/isobmff/read-audio-config.js';
import { type Box, findBox } from '#core/isobmff/read-boxes.js';
import { readAv1C, readAvcC, readHvcC, type VideoConfig } from '#core/isobmff/read-video-config.js';

/** What the sample entry of a track declares (ISO/IEC 14496-12 8.5.2). */
export interface SampleEntry {
  /** Four characters, such as `avc1`. */
  sampleEntry: string;
  /** RFC 6381; undefined for entries that this reader does not support. */
  codecString: string | undefined;
  /** Pixels; 0 for anything but video. */
  width: number;
  height: number;
  /** Width in square pixels, from `pasp`. */
  displayWidth: number;
  /** 0 for anything but audio, and for audio that does not declare it. */
  channels: number;
  /** Size in bytes of the length before each NAL unit; undefined for codecs without NAL units. */
  nalLengthBytes: number | undefined;
  /** undefined if the entry does not declare it. */
  isInterlaced: boolean | undefined;
  /**
   * transfer_characteristics of ISO/IEC 23091-2: 16 is PQ, 18 HLG; undefined if the entry does not declare
   * it.
   */
  transfer: number | undefined;
}

/** Bytes of an entry before its child boxes: 12.1.3 and 12.2.3. */
const visualBytes = 78;
const audioBytes = 28;

type Entry = Pick<Box, 'type' | 'dataOffset' | 'end'>;
type Described = Partial<Omit<SampleEntry, 'sampleEntry'>>;

export function readSampleEntry(init: Buffer, entry: Entry, kind: 'video' | 'audio' | 'other'): SampleEntry {
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

type ReadChild = (type: string) => Buffer | undefined;

function childReader(init: Buffer, entry: Entry, headerBytes: number): ReadChild {
  return (type) => {
    const box = findBox(init, [type], Math.min(entry.dataOffset + headerBytes, entry.end), entry.end);
    return box && init.subarray(box.dataOffset, box.end);
  };
}

function readVisual(init: Buffer, entry: Entry): Described {
  const cursor = new ByteCursor(init.subarray(entry.dataOffset, entry.end));
  cursor.skip(24);
  const size = { width: cursor.uint16(), height: cursor.uint16() };
  const child = childReader(init, entry, visualBytes);
  return {
    ...size,
    displayWidth: Math.round(size.width * readPixelAspect(child('pasp'))),
    transfer: readTransfer(child('colr')),
    ...readVideoConfig(entry.type, child),
  };
}

/** Width of a pixel divided by its height (ISO/IEC 14496-12 12.1.4). */
function readPixelAspect(pasp: Buffer | undefined): number {
  if (!pasp || pasp.length < 8) return 1;
  const [horizontal, vertical] = [pasp.readUInt32BE(0), pasp.readUInt32BE(4)];
  return horizontal > 0 && vertical > 0 ? horizontal / vertical : 1;
}

function readTransfer(colr: Buffer | undefined): number | undefined {
  if (colr?.toString('latin1', 0, 4) !== 'nclx' || colr.length < 8) return undefined;
  return colr.readUInt16BE(6);
}

function readVideoConfig(type: string, child: ReadChild): VideoConfig | undefined {
  const avcC = type === 'avc1' || type === 'avc3' ? child('avcC') : undefined;
  if (avcC) return readAvcC(type, avcC);
  const hvcC = type === 'hvc1' || type === 'hev1' ? child('hvcC') : undefined;
  if (hvcC) return readHvcC(type, hvcC);
  const av1C = type === 'av01' ? child('av1C') : undefined;
  return av1C && readAv1C(av1C);
}

function readAudio(init: Buffer, entry: Entry): Described {
  const child = childReader(init, entry, audioBytes);
  if (entry.type === 'mp4a') {
    const esds = child('esds');
    return esds ? readEsds(esds) : {};
  }
  const dac3 = entry.type === 'ac-3' ? child('dac3') : undefined;
  if (dac3) return readDac3(dac3);
  return entry.type === 'ac-3' || entry.type === 'ec-3' ? { codecString: entry.type } : {};
}
