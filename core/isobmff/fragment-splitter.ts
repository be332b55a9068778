import { IsobmffError, readBoxHeader } from '#core/isobmff/read-boxes.js';
import { readMovieFragment, type Sample } from '#core/isobmff/read-movie-fragment.js';

/** The init segment: `ftyp` and `moov`. */
export interface InitSegment {
  kind: 'init';
  bytes: Buffer;
}

/** One `moof` and its `mdat`. Times are in ticks of the track's timescale. */
export interface Fragment {
  kind: 'fragment';
  bytes: Buffer;
  tfdt: number;
  sampleCount: number;
  startsWithSync: boolean;
  durationTicks: number;
  /** Composition offset of the first sample: the encoder's reordering delay. */
  firstCompositionOffset: number;
  /** Bytes from the start of the `moof` to the end of the first sample. */
  keyFrameBytes: number;
  samples: Sample[];
  /** Offset of the first sample in `bytes`. */
  dataOffset: number;
}

/** No box of a 2-s GOP comes near this; a box that declares more is damaged. */
const maxBoxBytes = 512 * 2 ** 20;

/**
 * Splits a fragmented MP4 into its init segment and its fragments while it is being written, whatever the
 * chunk sizes. Holds at most one fragment in memory. Drops boxes that players do not need (`sidx`, `mfra`,
 * `free`).
 */
export class FragmentSplitter {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private head: Buffer[] = [];
  private moof: Buffer | undefined;

  /** Returns the items that `chunk` completes, in order. Throws IsobmffError on a damaged stream. */
  push(chunk: Buffer): (InitSegment | Fragment)[] {
    this.pending.push(chunk);
    this.pendingBytes += chunk.length;
    const complete: (InitSegment | Fragment)[] = [];
    for (;;) {
      const box = this.takeBox();
      if (!box) return complete;
      const item = this.accept(box.type, box.bytes);
      if (item) complete.push(item);
    }
  }

  /**
   * Call at the end of the stream. Throws IsobmffError if it ended inside a box or before the `mdat` of a
   * fragment.
   */
  finish(): void {
    if (this.pendingBytes > 0) {
      throw new IsobmffError(`the stream ends inside a box, ${this.pendingBytes} bytes after its start`);
    }
    if (this.moof) throw new IsobmffError('the stream ends between a moof box and its mdat');
  }

  private takeBox(): { type: string; bytes: Buffer } | undefined {
    if (this.pendingBytes < 8) return undefined;
    const joined = this.join(16);
    const header = readBoxHeader(joined, 0);
    if (!header) return undefined;
    if (header.end > maxBoxBytes) {
      throw new IsobmffError(
        `box "${header.type}" declares a size of ${header.end} bytes: the stream is damaged`,
      );
    }
    if (this.pendingBytes < header.end) return undefined;
    const whole = this.join(header.end);
    this.pending =
      whole.length > header.end
        ? [whole.subarray(header.end), ...this.pending.slice(1)]
        : this.pending.slice(1);
    this.pendingBytes -= header.end;
    return { type: header.type, bytes: whole.subarray(0, header.end) };
  }

  /**
   * Returns a buffer of at least `bytes` from the start, or of all pending bytes. Copies only if that spans
   * buffers.
   */
  private join(bytes: number): Buffer {
    const first = this.pending[0] ?? Buffer.alloc(0);
    if (first.length >= bytes || this.pending.length === 1) return first;
    const all = Buffer.concat(this.pending);
    this.pending = [all];
    return all;
  }

  private accept(type: string, bytes: Buffer): InitSegment | Fragment | undefined {
    if (type === 'ftyp') this.head = [bytes];
    if (type === 'moov') return { kind: 'init', bytes: Buffer.concat([...this.head, bytes]) };
    if (type === 'moof') {
      if (this.moof) throw new IsobmffError('there is no mdat between two moof boxes');
      this.moof = bytes;
    }
    if (type !== 'mdat' || !this.moof) return undefined;
    const fragment = describeFragment(Buffer.concat([this.moof, bytes]));
    this.moof = undefined;
    return fragment;
  }
}

/** Reads one pair of `moof` and `mdat`. Throws IsobmffError if samples extend past it. */
function describeFragment(bytes: Buffer): Fragment {
  const { tfdt, samples, dataOffset } = readMovieFragment(bytes, 0);
  const first = samples[0];
  if (!first) throw new IsobmffError(`the fragment at tick ${tfdt} has no samples`);
  const end = samples.reduce((sum, sample) => sum + sample.bytes, dataOffset);
  if (end > bytes.length) {
    throw new IsobmffError(
      `the fragment at tick ${tfdt} has ${bytes.length} bytes, but its samples end at byte ${end}`,
    );
  }
  return {
    kind: 'fragment',
    bytes,
    tfdt,
    sampleCount: samples.length,
    startsWithSync: first.isSync,
    durationTicks: samples.reduce((sum, sample) => sum + sample.duration, 0),
    firstCompositionOffset: first.compositionOffset,
    keyFrameBytes: dataOffset + first.bytes,
    samples,
    dataOffset,
  };
}
