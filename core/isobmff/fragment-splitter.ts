import { IsobmffError, readBoxHeader } from '#core/isobmff/read-boxes.js';
import { readMovieFragment, type Sample } from '#core/isobmff/read-movie-fragment.js';

/** `ftyp` and `moov`, which together are the init segment. */
export interface InitSegment {
  kind: 'init';
  bytes: Buffer;
}

/** One `moof` and its `mdat`. */
export interface Fragment {
  kind: 'fragment';
  bytes: Buffer;
  tfdt: number;
  sampleCount: number;
  startsWithSync: boolean;
  durationTicks: number;
  /** Composition offset of the first sample, ticks: the encoder's reordering delay. */
  firstCompositionOffset: number;
  /** Bytes from the start of the `moof` to the end of the first sample. */
  keyFrameBytes: number;
  samples: Sample[];
  /** Offset of the first sample in `bytes`. */
  dataOffset: number;
}

/** No box of a 2-s GOP comes near this; one that claims more is damaged. */
const maxBoxBytes = 512 * 2 ** 20;

/**
 * Cuts a fragmented MP4 into its init segment and its fragments while it is being written, whatever pieces it comes in.
 * Memory holds one fragment at most. Boxes that players do not need (`sidx`, `mfra`, `free`) are dropped.
 */
export class FragmentSplitter {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private head: Buffer[] = [];
  private moof: Buffer | undefined;

  /** Returns what `chunk` completes, in order. Throws IsobmffError. */
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

  /** Call when the stream has ended. Throws IsobmffError where it ended inside a box or before a fragment's `mdat`. */
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
        `box "${header.type}" says it is ${header.end} bytes long: the stream is damaged`,
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

  /** Makes the first pending buffer hold at least `bytes` (or all there is), copying only when a box spans several. */
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
      if (this.moof) throw new IsobmffError('two moof boxes come without an mdat between them');
      this.moof = bytes;
    }
    if (type !== 'mdat' || !this.moof) return undefined;
    const fragment = describeFragment(Buffer.concat([this.moof, bytes]));
    this.moof = undefined;
    return fragment;
  }
}

/** Reads one `moof` and `mdat` pair. Throws IsobmffError where the samples do not lie inside it. */
export function describeFragment(bytes: Buffer): Fragment {
  const { tfdt, samples, dataOffset } = readMovieFragment(bytes, 0);
  const first = samples[0];
  if (!first) throw new IsobmffError(`the fragment at tick ${tfdt} has no samples`);
  const end = samples.reduce((sum, sample) => sum + sample.bytes, dataOffset);
  if (end > bytes.length) {
    throw new IsobmffError(`the fragment at tick ${tfdt} has ${bytes.length} bytes, its samples need ${end}`);
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
