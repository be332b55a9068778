import { ByteCursor } from '#core/isobmff/byte-cursor.js';
import { type Box, findBox, IsobmffError, readBoxes, readBoxHeader } from '#core/isobmff/read-boxes.js';

export interface Sample {
  bytes: number;
  /** Ticks of the track's timescale. */
  duration: number;
  /** Ticks: presentation time minus decode time. */
  compositionOffset: number;
  isSync: boolean;
}

/** The samples of one track in one `moof`. */
export interface MovieFragment {
  trackId: number;
  /** Base media decode time, in ticks. */
  tfdt: number;
  samples: Sample[];
  /** Offset of the first sample from the start of the `moof`. */
  dataOffset: number;
}

/** Values for samples that declare none of their own: from `trex`, overridden by `tfhd`. */
export interface SampleDefaults {
  duration: number;
  bytes: number;
  flags: number;
}

export type TrackDefaults = ReadonlyMap<number, SampleDefaults>;

/** sample_is_non_sync_sample (8.8.3.1). */
const nonSync = 0x00010000;
/**
 * Six hours of AAC, or twelve of video at 24 frames per second. More in one segment is an attack on memory.
 */
export const maxSamples = 2 ** 20;
const noDefaults: SampleDefaults = { duration: 0, bytes: 0, flags: 0 };

/**
 * Reads the first track of the `moof` at `offset`. Ignores the defaults of `trex`: every encoder that we run
 * repeats them in `tfhd` or `trun`.
 */
export function readMovieFragment(bytes: Buffer, offset: number): MovieFragment {
  const first = readTrackFragments(bytes, offset)[0];
  if (!first) throw new IsobmffError('a moof box has no track fragment');
  return first;
}

/**
 * Reads every track of the `moof` at `offset` (ISO/IEC 14496-12 8.8). `trackDefaults` are those of `trex`, by
 * track id. Samples that only use defaults take no bytes in the file, so a few bytes can declare any number
 * of them: throws IsobmffError if samples and track fragments together exceed `max`.
 */
export function readTrackFragments(
  bytes: Buffer,
  offset: number,
  trackDefaults: TrackDefaults = new Map(),
  max = maxSamples,
): MovieFragment[] {
  const moof = readBoxHeader(bytes, offset);
  if (moof?.type !== 'moof' || moof.end > bytes.length) {
    throw new IsobmffError(`there is no complete moof box at byte ${offset}`);
  }
  const fragments: MovieFragment[] = [];
  let left = max;
  for (const traf of readBoxes(bytes, moof.dataOffset, moof.end)) {
    if (traf.type !== 'traf') continue;
    if (left <= 0) throw new IsobmffError(`a fragment has more than ${max} samples and tracks`);
    const fragment = readTraf(bytes, traf, { moofBytes: moof.end - moof.offset, trackDefaults, max: left });
    // One more for the track fragment itself, which takes memory even without samples.
    left -= fragment.samples.length + 1;
    fragments.push(fragment);
  }
  return fragments;
}

function readTraf(
  bytes: Buffer,
  traf: Box,
  { moofBytes, trackDefaults, max }: { moofBytes: number; trackDefaults: TrackDefaults; max: number },
): MovieFragment {
  const tfhd = findBox(bytes, ['tfhd'], traf.dataOffset, traf.end);
  if (!tfhd) throw new IsobmffError('a track fragment has no tfhd box');
  const { trackId, defaults } = readTfhd(bytes.subarray(tfhd.dataOffset, tfhd.end), trackDefaults);
  const fragment: MovieFragment = { trackId, tfdt: 0, samples: [], dataOffset: moofBytes + 8 };
  let runs = 0;
  for (const box of readBoxes(bytes, traf.dataOffset, traf.end)) {
    const content = bytes.subarray(box.dataOffset, box.end);
    if (box.type === 'tfdt') fragment.tfdt = readTfdt(content);
    if (box.type !== 'trun') continue;
    const dataOffset = readTrun(content, defaults, fragment.samples, max);
    if (runs === 0 && dataOffset !== undefined) fragment.dataOffset = dataOffset;
    runs += 1;
  }
  if (fragment.dataOffset < 0) throw new IsobmffError('the samples of a fragment start before its moof');
  return fragment;
}

function readTfdt(content: Buffer): number {
  const cursor = new ByteCursor(content);
  const version = cursor.uint8();
  cursor.skip(3);
  return version === 1 ? cursor.uint64() : cursor.uint32();
}

function readTfhd(
  content: Buffer,
  trackDefaults: TrackDefaults,
): { trackId: number; defaults: SampleDefaults } {
  const cursor = new ByteCursor(content);
  const flags = cursor.uint32() & 0xffffff;
  const trackId = cursor.uint32();
  const inherited = trackDefaults.get(trackId) ?? noDefaults;
  if (flags & 0x1) cursor.skip(8);
  if (flags & 0x2) cursor.skip(4);
  return {
    trackId,
    defaults: {
      duration: flags & 0x8 ? cursor.uint32() : inherited.duration,
      bytes: flags & 0x10 ? cursor.uint32() : inherited.bytes,
      flags: flags & 0x20 ? cursor.uint32() : inherited.flags,
    },
  };
}

/** Appends the samples of a run to `samples`; returns the run's data offset, if it declares one. */
function readTrun(
  content: Buffer,
  defaults: SampleDefaults,
  samples: Sample[],
  max: number,
): number | undefined {
  const cursor = new ByteCursor(content);
  const flags = cursor.uint32() & 0xffffff;
  const count = cursor.uint32();
  if (samples.length + count > max) {
    throw new IsobmffError(
      `a fragment declares ${samples.length + count} samples, at most ${max} more are read`,
    );
  }
  const dataOffset = flags & 0x1 ? cursor.int32() : undefined;
  const firstFlags = flags & 0x4 ? cursor.uint32() : undefined;
  for (let index = 0; index < count; index += 1) {
    const duration = flags & 0x100 ? cursor.uint32() : defaults.duration;
    const bytes = flags & 0x200 ? cursor.uint32() : defaults.bytes;
    const ownFlags = flags & 0x400 ? cursor.uint32() : undefined;
    const sampleFlags = ownFlags ?? (index === 0 ? (firstFlags ?? defaults.flags) : defaults.flags);
    const compositionOffset = flags & 0x800 ? cursor.int32() : 0;
    samples.push({ bytes, duration, compositionOffset, isSync: (sampleFlags & nonSync) === 0 });
  }
  return dataOffset;
}
