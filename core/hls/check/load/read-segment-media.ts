import type { SegmentMedia } from '#core/hls/check/presentation/loaded-presentation.js';
import { IsobmffError, readBoxes } from '#core/isobmff/read-boxes.js';
import type { TrackFacts } from '#core/isobmff/read-init.js';
import { type MovieFragment, maxSamples, readTrackFragments } from '#core/isobmff/read-movie-fragment.js';
import { startsWithIdr } from '#core/isobmff/starts-with-idr.js';

/** Inspects a segment of fragmented MP4 by its main track: the video track, or else the first. */
export function readSegmentMedia(
  bytes: Buffer,
  tracks: readonly TrackFacts[],
  segmentIndex: number,
): SegmentMedia {
  const track = tracks.find(({ kind }) => kind === 'video') ?? tracks[0];
  if (!track) throw new IsobmffError('it has no readable init segment');
  const fragments = readFragments(bytes, tracks).filter(({ trackId }) => trackId === track.trackId);
  const samples = fragments.flatMap((fragment) => fragment.samples);
  const [first] = fragments;
  const [firstSample] = samples;
  if (!first || !firstSample) throw new IsobmffError('it has no samples');
  const ticks = samples.reduce((sum, { duration }) => sum + duration, 0);
  const start = first.tfdt + firstSample.compositionOffset - track.editMediaTime;
  const data = bytes.subarray(first.fileOffset, first.fileOffset + firstSample.bytes);
  return {
    segmentIndex,
    startSeconds: start / track.timescale,
    durationSeconds: ticks / track.timescale,
    uncertainSeconds: 0,
    frames: samples.length,
    maxGopSeconds: maxGopTicks(fragments, first.tfdt, ticks) / track.timescale,
    startsWithSync: firstSample.isSync,
    startsWithIdr: track.kind === 'video' ? startsWithIdr(data, track) : undefined,
  };
}

interface OffsetFragment extends MovieFragment {
  /** Offset of its first sample in the segment. */
  fileOffset: number;
}

function readFragments(bytes: Buffer, tracks: readonly TrackFacts[]): OffsetFragment[] {
  const defaults = new Map(tracks.map((track) => [track.trackId, track.defaults]));
  const fragments: OffsetFragment[] = [];
  // Every sample and every track fragment takes at least a byte: this bounds the samples that a few bytes can
  // declare.
  let left = Math.min(maxSamples, bytes.length);
  for (const box of readBoxes(bytes)) {
    if (box.type !== 'moof') continue;
    for (const fragment of readTrackFragments(bytes, box.offset, defaults, left)) {
      left -= fragment.samples.length + 1;
      const fileOffset = box.offset + fragment.dataOffset;
      const end = fragment.samples.reduce((sum, sample) => sum + sample.bytes, fileOffset);
      if (end > bytes.length) {
        throw new IsobmffError(`its samples end at byte ${end}, but it has ${bytes.length} bytes`);
      }
      fragments.push({ ...fragment, fileOffset });
    }
  }
  return fragments;
}

/** Longest stretch between two key frames, from the start to the first, or from the last to the end. */
function maxGopTicks(fragments: readonly MovieFragment[], start: number, ticks: number): number {
  let max = 0;
  let keyFrame = start;
  for (const { tfdt, samples } of fragments) {
    let tick = tfdt;
    for (const { isSync, duration } of samples) {
      if (isSync) {
        max = Math.max(max, tick - keyFrame);
        keyFrame = tick;
      }
      tick += duration;
    }
  }
  return Math.max(max, start + ticks - keyFrame);
}

/** Describes the defect in a byte range of an I-frame playlist; undefined if there is none. */
export function findIframeDefect(bytes: Buffer, tracks: readonly TrackFacts[]): string | undefined {
  try {
    const defaults = new Map(tracks.map((track) => [track.trackId, track.defaults]));
    const video = tracks.find(({ kind }) => kind === 'video');
    const fragment = readTrackFragments(bytes, 0, defaults, Math.min(maxSamples, bytes.length)).find(
      ({ trackId }) => video === undefined || trackId === video.trackId,
    );
    const [sample] = fragment?.samples ?? [];
    if (!fragment || !sample) return 'its moof has no video sample';
    const missing = fragment.dataOffset + sample.bytes - bytes.length;
    if (missing > 0) return `its byte range ends ${missing} bytes before the key frame does`;
    return sample.isSync ? undefined : 'its frame is not a key frame';
  } catch (error) {
    if (error instanceof IsobmffError) return `its byte range does not begin with a moof (${error.message})`;
    throw error;
  }
}
