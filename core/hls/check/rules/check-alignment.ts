import type { LoadedRendition } from '#core/hls/check/presentation/loaded-presentation.js';
import { declaredStarts, frameSeconds, roundingSeconds } from '#core/hls/check/rules/declared-starts.js';
import { type Finding, finding, formatSeconds } from '#core/hls/check/rules/finding.js';
import { playlistSeconds } from '#core/hls/read/playlist.js';

/** Checks rules 1.8 to 1.12, which compare every rendition with the first video rendition. */
export function* checkAlignment(
  video: readonly LoadedRendition[],
  audio: readonly LoadedRendition[],
): Generator<Finding> {
  const [reference, ...others] = video;
  if (!reference) return;
  for (const other of others) yield* checkBoundaries(reference, other);
  for (const other of [...others, ...audio]) {
    const target = other.playlist.targetDurationSeconds;
    const wanted = reference.playlist.targetDurationSeconds;
    // Rule 7.1 reports a missing one.
    if (target === wanted || target === undefined || wanted === undefined) continue;
    const message =
      `the target duration of rendition ${other.name} is ${target} s, ` +
      `but that of ${reference.name} is ${wanted} s`;
    yield finding('1.9', other.playlist.uri, message);
  }
  for (const other of audio) yield* checkTotal(reference, other);
}

function* checkBoundaries(reference: LoadedRendition, other: LoadedRendition): Generator<Finding> {
  // Live playlists are read at different times.
  if (!reference.playlist.isEnded || !other.playlist.isEnded) return;
  const wanted = reference.playlist.segments;
  const found = other.playlist.segments;
  const name = `rendition ${other.name}`;
  if (wanted.length !== found.length) {
    const message = `${name} has ${found.length} segments, but ${reference.name} has ${wanted.length}`;
    yield finding('1.8', other.playlist.uri, message);
    return;
  }
  const broken = found.findIndex(
    ({ isDiscontinuous }, each) => isDiscontinuous !== wanted[each]?.isDiscontinuous,
  );
  if (broken >= 0) {
    const message =
      `rendition ${other.name}: only one of it and ${reference.name} ` +
      `has a discontinuity before segment ${broken}`;
    yield finding('1.12', other.playlist.uri, message);
  }
  const tolerance = Math.max(maxFrameSeconds(reference), maxFrameSeconds(other));
  const [here, there] = [declaredStarts(reference.playlist), declaredStarts(other.playlist)];
  const isAligned = (index: number): boolean =>
    Math.abs((here[index] ?? 0) - (there[index] ?? 0)) <= tolerance + index * roundingSeconds;
  const index = there.findIndex((_, each) => !isAligned(each));
  if (index >= 0) {
    const message =
      `${name}: segment ${index} starts at ${formatSeconds(there[index] ?? 0)}, ` +
      `but in ${reference.name} at ${formatSeconds(here[index] ?? 0)}`;
    yield finding('1.8', other.playlist.uri, message);
  }
  yield* checkTimestamps(reference, other, { tolerance, isAligned });
}

/** RFC 8216 6.2.4: players switch between variants by timestamps. Reports the first difference only. */
function* checkTimestamps(
  reference: LoadedRendition,
  other: LoadedRendition,
  { tolerance, isAligned }: { tolerance: number; isAligned: (index: number) => boolean },
): Generator<Finding> {
  const starts = new Map(reference.segments.map((segment) => [segment.segmentIndex, segment.startSeconds]));
  for (const { segmentIndex, startSeconds } of other.segments) {
    const wanted = starts.get(segmentIndex);
    if (wanted === undefined || !isAligned(segmentIndex)) continue;
    if (Math.abs(wanted - startSeconds) <= tolerance) continue;
    const message =
      `rendition ${other.name}: the timestamps of segment ${segmentIndex} start at ` +
      `${formatSeconds(startSeconds)}, but in ${reference.name} at ${formatSeconds(wanted)}`;
    yield finding('1.11', other.playlist.uri, message);
    return;
  }
}

function* checkTotal(video: LoadedRendition, audio: LoadedRendition): Generator<Finding> {
  if (!video.playlist.isEnded || !audio.playlist.isEnded) return;
  const [videoSeconds, audioSeconds] = [playlistSeconds(video.playlist), playlistSeconds(audio.playlist)];
  // The last frame of either may extend past the end of the other.
  const tolerance =
    maxFrameSeconds(video) + maxFrameSeconds(audio) + roundingSeconds * audio.playlist.segments.length;
  if (Math.abs(videoSeconds - audioSeconds) <= tolerance) return;
  const message =
    `rendition ${audio.name} lasts ${formatSeconds(audioSeconds)}, ` +
    `but the video ${formatSeconds(videoSeconds)}`;
  yield finding('1.10', audio.playlist.uri, message);
}

/** Assumes 24 frames per second if no media could be read. */
const maxFrameSeconds = ({ segments }: LoadedRendition): number =>
  segments.length === 0 ? 1 / 24 : segments.map(frameSeconds).reduce((a, b) => Math.max(a, b));
