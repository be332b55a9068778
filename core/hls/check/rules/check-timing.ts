import {
  type LoadedPresentation,
  type LoadedRendition,
  renditionsOf,
} from '#core/hls/check/presentation/loaded-presentation.js';
import { checkAlignment } from '#core/hls/check/rules/check-alignment.js';
import { checkContinuity } from '#core/hls/check/rules/check-continuity.js';
import { frameSeconds } from '#core/hls/check/rules/declared-starts.js';
import { type Finding, finding, formatSeconds, nameSegment } from '#core/hls/check/rules/finding.js';

/** Tolerance of rule 1.7. */
const overTargetSeconds = 0.5;
const maxGopSeconds = 2;

/** Checks rules 1: key frames, durations, timestamps and alignment. */
export function* checkTiming(presentation: LoadedPresentation): Generator<Finding> {
  for (const rendition of presentation.renditions.values()) {
    if (rendition.kind === 'subtitles' || rendition.kind === 'iframes') continue;
    yield* checkDurations(rendition);
    yield* checkContinuity(rendition);
    if (rendition.kind === 'video') yield* checkKeyFrames(rendition);
  }
  yield* checkAlignment(renditionsOf(presentation, 'video'), renditionsOf(presentation, 'audio'));
}

function* checkDurations(rendition: LoadedRendition): Generator<Finding> {
  const { name, playlist, segments } = rendition;
  const target = playlist.targetDurationSeconds;
  if (target === undefined) return;
  // Live playlists choose shorter targets for low latency.
  if (target !== 6 && playlist.isEnded) {
    const message = `rendition ${name}: the target duration is ${target} s, not 6 s`;
    yield finding('1.6', playlist.uri, message);
  }
  for (const [index, { durationSeconds }] of playlist.segments.entries()) {
    if (!(Math.round(durationSeconds) > target)) continue;
    const message =
      `${nameSegment(rendition, index)} lasts ${formatSeconds(durationSeconds)}, ` +
      `over the target duration ${target} s`;
    yield finding('1.5', playlist.uri, message);
  }
  for (const { segmentIndex, durationSeconds } of segments) {
    if (durationSeconds <= target + overTargetSeconds) continue;
    const message =
      `${nameSegment(rendition, segmentIndex)} has ${formatSeconds(durationSeconds)} of media, ` +
      `over the target duration ${target} s by more than ${overTargetSeconds} s`;
    yield finding('1.7', playlist.uri, message);
  }
}

function* checkKeyFrames(rendition: LoadedRendition): Generator<Finding> {
  const { uri } = rendition.playlist;
  for (const segment of rendition.segments) {
    const name = nameSegment(rendition, segment.segmentIndex);
    if (!segment.startsWithSync || segment.startsWithIdr === false) {
      const missing = segment.startsWithSync ? 'an IDR picture' : 'a key frame';
      yield finding('1.1', uri, `${name} does not start with ${missing}`);
    }
    if (segment.maxGopSeconds <= maxGopSeconds + frameSeconds(segment)) continue;
    const found = formatSeconds(segment.maxGopSeconds);
    yield finding('1.2', uri, `${name} has no key frame for ${found}, over ${maxGopSeconds} s`);
  }
}
