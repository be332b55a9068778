import { toNumber } from '#core/contracts/rational.js';
import { averageFrameRate } from '#planning/source/average-frame-rate.js';
import { checkTimeline } from '#planning/source/check-timeline.js';
import { findGridOffset } from '#planning/source/frame-grid.js';
import type { PacketTail } from '#planning/source/measure-packet-tail.js';
import { outputFrameRate } from '#planning/source/output-frame-rate.js';
import type { ProbedStream, ProbeReport } from '#planning/source/probe-report.js';
import type { SourceLimits } from '#planning/source/source-limits.js';
import type { Timeline, Truncation } from '#planning/source/timeline.js';

export interface TimelineFacts {
  report: ProbeReport;
  video: ProbedStream;
  audio: readonly ProbedStream[];
  tail: PacketTail;
  truncation: Truncation | undefined;
}

/**
 * Finds where the title begins and ends on the file's timeline. Throws `duration`, `frame_rate` and
 * `truncated`.
 */
export function resolveTimeline(facts: TimelineFacts, limits: SourceLimits): Timeline {
  const { report, video, audio, tail, truncation } = facts;
  const averageFramesPerSecond = averageFrameRate(video, tail);
  const frameRate = outputFrameRate(averageFramesPerSecond);
  const framesPerSecond = toNumber(frameRate);
  const declaredStart = video.start_time ?? report.format.start_time ?? 0;
  const videoStart = firstFrameSeconds(declaredStart, tail.shownSeconds, framesPerSecond);
  const audioStart = Math.min(...audio.map(({ start_time }) => start_time ?? videoStart), videoStart);
  const originSeconds = originOf(videoStart, audioStart, framesPerSecond);
  const durationSeconds = tail.endSeconds - originSeconds;
  checkTimeline({ durationSeconds, declaredSeconds: report.format.duration, tail, truncation }, limits);
  return { originSeconds, durationSeconds, averageFramesPerSecond, frameRate };
}

/**
 * The first frame's PTS, moved onto the grid of the later frames. Recorders that reorder frames give the
 * first one a PTS that is a fraction of a frame early; taken as zero, that PTS would repeat the first frame
 * and add one at the end.
 */
function firstFrameSeconds(
  start: number,
  shownSeconds: Float64Array | undefined,
  framesPerSecond: number,
): number {
  const offset = shownSeconds && findGridOffset(start, shownSeconds, framesPerSecond);
  return offset === undefined ? start : start + offset / framesPerSecond;
}

/**
 * Audio that begins less than this before the video is encoder priming, not content worth holding a frame
 * for.
 */
const primingSeconds = 0.1;

/**
 * The timestamp that becomes zero. If the audio begins first, the first video frame is held for a whole
 * number of frames: a fraction would repeat one frame and drop the next throughout the title. Fractions up to
 * three quarters are rounded down, because an audio track begins with its encoder's priming.
 */
function originOf(videoStart: number, audioStart: number, framesPerSecond: number): number {
  if (audioStart >= videoStart - primingSeconds) return videoStart;
  return videoStart - Math.floor((videoStart - audioStart) * framesPerSecond + 0.25) / framesPerSecond;
}
