import { boxesIn, findBox, IsobmffError } from '#core/isobmff/boxes.js';

export interface Sample {
  bytes: number;
  /** Ticks of the track's timescale. */
  duration: number;
  compositionOffset: number;
  isSync: boolean;
}

/** What one `moof` of a single track says. */
export interface MovieFragment {
  /** Base media decode time, ticks. */
  tfdt: number;
  samples: Sample[];
  /** Offset of the first sample, from the start of the `moof`. */
  dataOffset: number;
}

/** sample_is_non_sync_sample (8.8.3.1). */
const nonSync = 0x00010000;

interface TrackDefaults {
  duration: number;
  size: number;
  flags: number;
}

/**
 * Reads the `moof` at `offset` (ISO/IEC 14496-12 8.8). One track fragment with one or more runs; defaults of `trex` are
 * not looked at, because every encoder that we run repeats them in `tfhd` or `trun`.
 */
export function readMovieFragment(bytes: Buffer, offset: number): MovieFragment {
  const moof = findBox(bytes, ['moof'], offset);
  if (!moof || moof.offset !== offset) throw new IsobmffError(`there is no moof box at byte ${offset}`);
  const traf = findBox(bytes, ['traf'], moof.dataOffset, moof.end);
  if (!traf) throw new IsobmffError('a moof box has no track fragment');
  let defaults: TrackDefaults = { duration: 0, size: 0, flags: 0 };
  let tfdt = 0;
  let dataOffset: number | undefined;
  const samples: Sample[] = [];
  for (const box of boxesIn(bytes, traf.dataOffset, traf.end)) {
    const content = bytes.subarray(box.dataOffset, box.end);
    if (box.type === 'tfhd') defaults = readTfhd(content);
    if (box.type === 'tfdt') tfdt = readTfdt(content);
    if (box.type !== 'trun') continue;
    const run = readTrun(content, defaults);
    dataOffset ??= run.dataOffset;
    samples.push(...run.samples);
  }
  return { tfdt, samples, dataOffset: dataOffset ?? moof.end - moof.offset + 8 };
}

function readTfdt(content: Buffer): number {
  return content[0] === 1 ? Number(content.readBigInt64BE(4)) : content.readUInt32BE(4);
}

function readTfhd(content: Buffer): TrackDefaults {
  const flags = content.readUInt32BE(0) & 0xffffff;
  const cursor = new Cursor(content, 8);
  if (flags & 0x1) cursor.skip(8);
  if (flags & 0x2) cursor.skip(4);
  return {
    duration: flags & 0x8 ? cursor.uint32() : 0,
    size: flags & 0x10 ? cursor.uint32() : 0,
    flags: flags & 0x20 ? cursor.uint32() : 0,
  };
}

function readTrun(
  content: Buffer,
  defaults: TrackDefaults,
): { dataOffset: number | undefined; samples: Sample[] } {
  const flags = content.readUInt32BE(0) & 0xffffff;
  const count = content.readUInt32BE(4);
  const cursor = new Cursor(content, 8);
  const dataOffset = flags & 0x1 ? cursor.int32() : undefined;
  const firstFlags = flags & 0x4 ? cursor.uint32() : undefined;
  const samples: Sample[] = [];
  for (let index = 0; index < count; index += 1) {
    const duration = flags & 0x100 ? cursor.uint32() : defaults.duration;
    const size = flags & 0x200 ? cursor.uint32() : defaults.size;
    const own = flags & 0x400 ? cursor.uint32() : undefined;
    const sampleFlags = own ?? (index === 0 ? (firstFlags ?? defaults.flags) : defaults.flags);
    const compositionOffset = flags & 0x800 ? cursor.int32() : 0;
    samples.push({ bytes: size, duration, compositionOffset, isSync: (sampleFlags & nonSync) === 0 });
  }
  return { dataOffset, samples };
}

/** Reads big-endian fields one after the other; a box that ends too early throws. */
class Cursor {
  constructor(
    private readonly bytes: Buffer,
    private offset: number,
  ) {}

  skip(count: number): void {
    this.offset += count;
  }

  uint32(): number {
    this.need();
    const value = this.bytes.readUInt32BE(this.offset);
    this.offset += 4;
    return value;
  }

  int32(): number {
    return this.uint32() | 0;
  }

  private need(): void {
    if (this.offset + 4 > this.bytes.length) throw new IsobmffError('a box ends before its last field');
  }
}
