import { boxesIn, findBox, IsobmffError } from '#core/isobmff/boxes.js';

export interface InitFacts {
  /** RFC 6381. */
  codecString: string;
  /** Ticks a second. */
  timescale: number;
  /** Pixels; 0 for sound. */
  width: number;
  height: number;
  /** `media_time` of the edit list, ticks; 0 where there is none. */
  editMediaTime: number;
  kind: 'video' | 'audio';
}

/** Reads an init segment of one track. Throws IsobmffError naming the box that is missing. */
export function readInit(init: Buffer): InitFacts {
  const trak = requireBox(init, ['moov', 'trak']);
  const mdhd = requireBox(init, ['mdia', 'mdhd'], trak);
  const stsd = requireBox(init, ['mdia', 'minf', 'stbl', 'stsd'], trak);
  const entry = [...boxesIn(init, stsd.dataOffset + 8, stsd.end)][0];
  if (!entry) throw new IsobmffError('the init segment has no sample entry');
  const isAudio = entry.type === 'mp4a' || entry.type === 'ac-3' || entry.type === 'ec-3';
  return {
    codecString: codecStringOf(init, entry),
    timescale: init.readUInt32BE(mdhd.dataOffset + (init[mdhd.dataOffset] === 1 ? 20 : 12)),
    // VisualSampleEntry (12.1.3): 16 bytes of predefined fields after the 8 of SampleEntry.
    width: isAudio ? 0 : init.readUInt16BE(entry.dataOffset + 24),
    height: isAudio ? 0 : init.readUInt16BE(entry.dataOffset + 26),
    editMediaTime: readEditMediaTime(init, trak),
    kind: isAudio ? 'audio' : 'video',
  };
}

interface Range {
  dataOffset: number;
  end: number;
}

function requireBox(
  init: Buffer,
  path: readonly string[],
  within?: Range,
): Range & { offset: number; type: string } {
  const box = within ? findBox(init, path, within.dataOffset, within.end) : findBox(init, path);
  if (!box) throw new IsobmffError(`the init segment has no ${path.join('/')} box`);
  return box;
}

function readEditMediaTime(init: Buffer, trak: Range): number {
  const elst = findBox(init, ['edts', 'elst'], trak.dataOffset, trak.end);
  if (!elst || init.readUInt32BE(elst.dataOffset + 4) === 0) return 0;
  return init[elst.dataOffset] === 1
    ? Number(init.readBigInt64BE(elst.dataOffset + 16))
    : init.readInt32BE(elst.dataOffset + 12);
}

const visualEntryBytes = 78;
const audioEntryBytes = 28;

function codecStringOf(init: Buffer, entry: Range & { type: string }): string {
  const child = (type: string, skip: number): Buffer => {
    const box = requireBox(init, [type], { dataOffset: entry.dataOffset + skip, end: entry.end });
    return init.subarray(box.dataOffset, box.end);
  };
  switch (entry.type) {
    case 'avc1':
    case 'avc3':
      return `${entry.type}.${child('avcC', visualEntryBytes).toString('hex', 1, 4)}`;
    case 'hvc1':
    case 'hev1':
      return hevcString(entry.type, child('hvcC', visualEntryBytes));
    case 'av01':
      return av1String(child('av1C', visualEntryBytes));
    case 'mp4a':
      return aacString(child('esds', audioEntryBytes));
    case 'ac-3':
    case 'ec-3':
      return entry.type;
    default:
      throw new IsobmffError(`the sample entry "${entry.type}" is none that this reader knows`);
  }
}

/** ISO/IEC 14496-15 E.3. */
function hevcString(type: string, hvcC: Buffer): string {
  const first = hvcC[1] ?? 0;
  const space = ['', 'A', 'B', 'C'][first >> 6] ?? '';
  const compatibility = reverseBits(hvcC.readUInt32BE(2)).toString(16).toUpperCase();
  const tier = first & 0x20 ? 'H' : 'L';
  const constraints = [...hvcC.subarray(6, 12)];
  while (constraints.length > 0 && constraints.at(-1) === 0) constraints.pop();
  const tail = constraints.map((byte) => `.${byte.toString(16).toUpperCase()}`).join('');
  return `${type}.${space}${first & 0x1f}.${compatibility}.${tier}${hvcC[12] ?? 0}${tail}`;
}

function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) reversed = reversed * 2 + ((value >>> bit) & 1);
  return reversed;
}

/** AV1 codec ISO media file format binding, 5. */
function av1String(av1C: Buffer): string {
  const [, second = 0, third = 0] = av1C;
  const depth = third & 0x40 ? (third & 0x20 ? 12 : 10) : 8;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `av01.${second >> 5}.${two(second & 0x1f)}${third & 0x80 ? 'H' : 'M'}.${two(depth)}`;
}

/** ISO/IEC 14496-1 7.2.6: descriptors with variable-length sizes; DecoderSpecificInfo begins with the audio object type. */
function aacString(esds: Buffer): string {
  let offset = 4;
  const header = (): number => {
    const tag = esds[offset] ?? 0;
    offset += 1;
    while ((esds[offset] ?? 0) & 0x80) offset += 1;
    offset += 1;
    return tag;
  };
  if (header() !== 3) throw new IsobmffError('the esds box has no ES descriptor');
  offset += 3;
  if (header() !== 4) throw new IsobmffError('the esds box has no decoder configuration');
  const objectType = esds[offset] ?? 0;
  offset += 13;
  if (header() !== 5) return `mp4a.${objectType.toString(16)}`;
  const short = (esds[offset] ?? 0) >> 3;
  // Types from 32 up are told in six more bits.
  const type =
    short === 31 ? 32 + ((((esds[offset] ?? 0) & 7) << 3) | ((esds[offset + 1] ?? 0) >> 5)) : short;
  return `mp4a.${objectType.toString(16)}.${type}`;
}
