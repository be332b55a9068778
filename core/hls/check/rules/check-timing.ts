import {
  type LoadedPresentation,
  type LoadedRendition,
  renditionsOf,
} from '#core/hls/check/presentation/loaded-presentation.js';
import { checkContinuity } from '#core/hls/check/rules/check-continuity.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';
import {
  declaredStarts,
  frameSeconds,
  roundingSeconds,
  seconds,
  where,
} from '#core/hls/check/rules/segment-times.js';
import { playlistSeconds } from '#core/hls/read/playlist.js';

/** How much longer than its target duration a segment may last, seconds. */
const overTargetSeconds = 0.5;

/** Rules 1: key frames, time stamps, durations, boundaries. */
export function* checkTiming(presentation: LoadedPresentation): Generator<Finding> {
  for (const rendition of presentation.renditions.values()) {
    if (rendition.kind === 'subtitles' || rendition.kind === 'iframes') continue;
    yield* checkDurations(rendition);
    yield* checkContinuity(rendition);
    if (rendition.kind === 'video') yield* checkKeyFrames(rendition);
  }
  yield* checkAcross(presentation);
}

function* checkDurations(rendition: LoadedRendition): Generator<Finding> {
  const { playlist, segments } = rendition;
  const target = playlist.targetDurationSeconds;
  if (target === undefined) return;
  // Live playlists choose shorter targets for latency's sake.
  if (target !== 6 && playlist.isEnded) {
    yield finding(
      '1.6',
      playlist.uri,
      `rendition ${rendition.name}: the target duration is ${target} s, not 6`,
    );
  }
  for (const [index, { durationSeconds }] of playlist.segments.entries()) {
    if (!(Math.round(durationSeconds) > target)) continue;
    const message = `${where(rendition, index)} lasts ${seconds(durationSeconds)}, over the target duration ${target}`;
    yield finding('1.5', playlist.uri, message);
  }
  for (const segment of segments) {
    if (segment.durationSeconds <= target + overTargetSeconds) continue;
    const message = `${where(rendition, segment.segmentIndex)} holds ${seconds(segment.durationSeconds)} of media, over the target duration ${target} by more than ${overTargetSeconds} s`;
    yield finding('1.7', playlist.uri, message);
  }
}

function* checkKeyFrames(rendition: LoadedRendition): Generator<Finding> {
  for (const segment of rendition.segments) {
    const { segmentIndex, startsWithSync, startsWithIdr, maxGopSeconds } = segment;
    if (!startsWithSync || startsWithIdr === false) {
      const what = startsWithSync ? 'a picture that is no IDR' : 'a picture that is no key frame';
      const message = `${where(rendition, segmentIndex)} starts with ${what}`;
      yield finding('1.1', rendition.playlist.uri, message);
    }
    if (maxGopSeconds <= 2 + frameSeconds(segment)) continue;
    const message = `${where(rendition, segmentIndex)} goes ${seconds(maxGopSeconds)} without a key frame, over 2 s`;
    yield finding('1.2', rendition.playlist.uri, message);
  }
}

function* checkAcross(presentation: LoadedPresentation): Generator<Finding> {
  const video = renditionsOf(presentation, 'video');
  const audio = renditionsOf(presentation, 'audio');
  const [reference] = video;
  if (!reference) return;
  for (const other of video.slice(1)) yield* checkAlignment(reference, other);
  for (const other of [...video.slice(1), ...audio]) {
    const target = other.playlist.targetDurationSeconds;
    const wanted = reference.playlist.targetDurationSeconds;
    // One that is missing is rule 7.1's to tell.
    if (target === wanted || target === undefined || wanted === undefined) continue;
    const message = `rendition ${other.name} has the target duration ${target}, ${reference.name} has ${wanted}`;
    yield finding('1.9', other.playlist.uri, message);
  }
  for (const other of audio) yield* checkTotal(reference, other);
}

function* checkAlignment(reference: LoadedRendition, other: LoadedRendition): Generator<Finding> {
  // Two live playlists were read at two moments.
  if (!reference.playlist.isEnded || !other.playlist.isEnded) return;
  const wanted = reference.playlist.segments;
  const found = other.playlist.segments;
  const name = `rendition ${other.name}`;
  if (wanted.length !== found.length) {
    const message = `${name} has ${found.length} segments, ${reference.name} has ${wanted.length}`;
    yield finding('1.8', other.playlist.uri, message);
    return;
  }
  const broken = found.findIndex(
    ({ isDiscontinuous }, each) => isDiscontinuous !== wanted[each]?.isDiscontinuous,
  );
  if (broken >= 0) {
    const message = `${name}: there is a discontinuity before segment ${broken} in it or in ${reference.name}, not in both`;
    yield finding('1.12', other.playlist.uri, message);
  }
  const tolerance = Math.max(maxFrame(reference), maxFrame(other));
  const [here, there] = [declaredStarts(reference.playlist), declaredStarts(other.playlist)];
  const isAligned = (index: number): boolean =>
    Math.abs((here[index] ?? 0) - (there[index] ?? 0)) <= tolerance + index * roundingSeconds;
  const index = there.findIndex((_, each) => !isAligned(each));
  if (index >= 0) {
    const message = `${name}: segment ${index} starts at ${seconds(there[index] ?? 0)}, in ${reference.name} at ${seconds(here[index] ?? 0)}`;
    yield finding('1.8', other.playlist.uri, message);
  }
  yield* checkTimeLine(reference, other, { tolerance, isAligned });
}

/** RFC 8216 6.2.4: players switch by time stamps. */
function* checkTimeLine(
  reference: LoadedRendition,
  other: LoadedRendition,
  { tolerance, isAligned }: { tolerance: number; isAligned: (index: number) => boolean },
): Generator<Finding> {
  const starts = new Map(reference.segments.map((segment) => [segment.segmentIndex, segment.startSeconds]));
  for (const { segmentIndex, startSeconds } of other.segments) {
    const wanted = starts.get(segmentIndex);
    if (wanted === undefined || !isAligned(segmentIndex)) continue;
    if (Math.abs(wanted - startSeconds) <= tolerance) continue;
    const message = `rendition ${other.name}: the media of segment ${segmentIndex} starts at ${seconds(startSeconds)}, that of ${reference.name} at ${seconds(wanted)}`;
    yield finding('1.11', other.playlist.uri, message);
    return;
  }
}

/** 24 frames a second where no media could be read. */
const maxFrame = ({ segments }: LoadedRendition): number =>
  segments.length === 0 ? 1 / 24 : segments.map(frameSeconds).reduce((a, b) => Math.max(a, b));

function* checkTotal(video: LoadedRendition, audio: LoadedRendition): Generator<Finding> {
  if (!video.playlist.isEnded || !audio.playlist.isEnded) return;
  const [videoSeconds, audioSeconds] = [playlistSeconds(video.playlist), playlistSeconds(audio.playlist)];
  // A whole frame of either may stand over.
  const tolerance = maxFrame(video) + maxFrame(audio) + roundingSeconds * audio.playlist.segments.length;
  if (Math.abs(videoSeconds - audioSeconds) <= tolerance) return;
  const message = `rendition ${audio.name} lasts ${seconds(audioSeconds)}, the picture ${seconds(videoSeconds)}`;
  yield finding('1.10', audio.playlist.uri, message);
}
