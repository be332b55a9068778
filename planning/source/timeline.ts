import { SourceRefusedError } from '#core/contracts/failure.js';
import { type Rational, toNumber } from '#core/contracts/rational.js';
import { outputFrameRate, parseFrameRate } from '#planning/source/output-frame-rate.js';
import { medianOf } from '#planning/source/packet-tail.js';
import type { PacketTail, ProbedStream, ProbeReport } from '#planning/source/probe-report.js';
import type { SourceLimits } from '#planning/source/source-limits.js';

/** A file that is shorter than it says. */
export interface Truncation {
  /** What is missing, for engineers. */
  detail: string;
  /** Bytes that are there of those that should be; undefined where the file does not say. */
  presentShare?: number;
  /** Nothing in the file tells how long it was, not even in seconds. */
  hidesLength?: true;
}

/** Where the title begins and ends on the file's own time line, and how fast its picture runs. */
export interface TimeLine {
  originSeconds: number;
  durationSeconds: number;
  frameRate: Rational;
  averageFramesPerSecond: number;
}

/** Sound that begins this little before the picture is encoder priming, not content that deserves held frames. */
const primingSeconds = 0.1;
/** Less of the film than this, by what its header says, and it was cut off. */
export const minShare = 0.98;
/** Between two frames; beyond it the time stamps make no sense. */
export const maxPauseSeconds = 600;

/** Throws `duration` and `truncated`. `isFragmented`: the header's duration is not to be believed. */
export function timeLineOf(
  report: ProbeReport,
  video: ProbedStream,
  audio: readonly ProbedStream[],
  tail: PacketTail,
  truncation: Truncation | undefined,
  limits: SourceLimits,
): TimeLine {
  const averageFramesPerSecond = averageRate(video, tail);
  const frameRate = outputFrameRate(averageFramesPerSecond);
  const declaredStart = video.start_time ?? report.format.start_time ?? 0;
  const videoStart = steadyStart(declaredStart, tail.shownSeconds ?? noFrames, toNumber(frameRate));
  const audioStart = Math.min(...audio.map(({ start_time }) => start_time ?? videoStart), videoStart);
  const originSeconds = originOf(videoStart, audioStart, toNumber(frameRate));
  const durationSeconds = tail.endSeconds - originSeconds;
  checkPauses(tail);
  checkTimestamps(tail);
  checkDuration(durationSeconds, limits);
  checkFrameRate(tail, limits);
  checkCompleteness(durationSeconds, report, truncation);
  return { originSeconds, durationSeconds, averageFramesPerSecond, frameRate };
}

function checkPauses(tail: PacketTail): void {
  const pause = tail.maxGapSeconds ?? 0;
  if (pause > maxPauseSeconds) {
    throw new SourceRefusedError(
      'duration',
      `the time stamps jump by ${Math.round(pause)} s between two frames`,
    );
  }
}

/** Clocks are a little out of order in many files; from here on they began again, and two frames have one time. */
const maxStepBackSeconds = 1;

function checkTimestamps(tail: PacketTail): void {
  const step = tail.maxStepBackSeconds ?? 0;
  if (step <= maxStepBackSeconds) return;
  throw new SourceRefusedError(
    'duration',
    `the time stamps jump back by ${step.toFixed(1)} s: files joined without a common clock`,
  );
}

function checkDuration(seconds: number, limits: SourceLimits): void {
  if (seconds >= limits.minSeconds && seconds <= limits.maxSeconds) return;
  throw new SourceRefusedError(
    'duration',
    `the picture lasts ${seconds.toFixed(3)} s; ${limits.minSeconds} to ${limits.maxSeconds} s are accepted`,
  );
}

/** So few frames may be anywhere in their clock. */
const fewFrames = 10;

function checkFrameRate(
  { framesPerSecond = 0, shownSeconds = noFrames }: PacketTail,
  limits: SourceLimits,
): void {
  // Clocks are rounded.
  if (shownSeconds.length <= fewFrames || framesPerSecond <= limits.maxFramesPerSecond * 1.01) return;
  throw new SourceRefusedError(
    'frame_rate',
    `${shownSeconds.length} frames at ${Math.round(framesPerSecond)} a second; at most ${limits.maxFramesPerSecond} are accepted`,
  );
}

function checkCompleteness(seconds: number, report: ProbeReport, truncation: Truncation | undefined): void {
  if (truncation === undefined) return;
  const claimed = report.format.duration;
  const lacksSeconds = claimed !== undefined && seconds < claimed * minShare;
  // A file can lose its last bytes (an index, padding) and still hold the whole film.
  if (!truncation.hidesLength && !lacksSeconds && (truncation.presentShare ?? 1) >= minShare) return;
  const share = lacksSeconds ? `${seconds.toFixed(1)} s of ${claimed.toFixed(1)}` : seconds.toFixed(1);
  throw new SourceRefusedError('truncated', `${truncation.detail}; ${share} s are there`);
}

/** No camera or screen recorder is faster; Matroska without a nominal rate reports its clock's, 1000. */
export const maxPlausibleFramesPerSecond = 250;
/** Average and nominal rate of a stream that keeps its pace: by so much a rounded clock may set them apart, */
const roundingShare = 0.0011;
/** and by so much a few frames at its start or end that last longer. */
const strayShare = 0.01;

/** So many times a nominal frame's time between most frames: the nominal rate is not theirs. */
const slowerShare = 1.5;
/** A pace below every listed rate is no better than the nominal one. */
const slowestWorthCounting = 23;

/**
 * Frames a second over the whole picture: what the container says where its average and its nominal rate agree, as they do
 * in a stream that keeps its pace, unless most frames are further apart; else counted from the packets, where all were
 * read; else the container's average. Where the container counts none, frames on the nominal rate's grid keep to it: Theora
 * leaves out those that repeat.
 */
function averageRate(video: ProbedStream, tail: PacketTail): number {
  const [average, nominal] = [video.avg_frame_rate, video.r_frame_rate].map((text) => {
    const rate = parseFrameRate(text);
    return rate && toNumber(rate) <= maxPlausibleFramesPerSecond ? toNumber(rate) : undefined;
  });
  const apart = average && nominal ? Math.abs(average - nominal) / nominal : Number.POSITIVE_INFINITY;
  if (average && nominal && isOfFields(video, average, nominal)) return average;
  const isSlower =
    usualStepSeconds(tail.shownSeconds ?? noFrames) * (nominal ?? 0) > slowerShare &&
    (tail.framesPerSecond ?? 0) > slowestWorthCounting;
  if (average && apart <= roundingShare && !isSlower) return average;
  if (nominal && apart <= strayShare && !isSlower) return nominal;
  if (!average && nominal && keepsTo(nominal, tail.shownSeconds ?? noFrames)) return nominal;
  return tail.framesPerSecond ?? average ?? nominal ?? 25;
}

/** Interlaced H.264 may hold each field in a packet of its own: the nominal rate is theirs, and so is what is counted. */
const isOfFields = ({ field_order: order = '' }: ProbedStream, average: number, nominal: number): boolean =>
  ['tt', 'bb', 'tb', 'bt'].includes(order) && Math.abs(nominal / average - 2) <= 2 * roundingShare;

/** Whether all frames, however many are left out, are a whole number of them apart. */
function keepsTo(framesPerSecond: number, shown: Float64Array): boolean {
  const apart = shown.map((seconds) => (seconds - (shown[0] ?? seconds)) * framesPerSecond);
  return apart.length > 1 && apart.every((frames) => Math.abs(frames - Math.round(frames)) < steadyFrames);
}

/** From one frame to the next, in half of all cases at least; 0 where there are none. */
function usualStepSeconds(shown: Float64Array): number {
  return medianOf(shown.subarray(1).map((seconds, index) => seconds - (shown[index] ?? seconds))) ?? 0;
}

const noFrames = new Float64Array();

/** Frames of a steady picture are this near to one grid, in frames: clocks of 1 ms shift them by less at any rate. */
const steadyFrames = 0.1;

/**
 * Where the picture begins on the grid of its other frames. Recorders that reorder frames give the first one its time too
 * early by a part of a frame; taken as zero, it would be shown twice and the last frame be one too many.
 */
function steadyStart(start: number, shown: Float64Array, framesPerSecond: number): number {
  const offsets = shown
    .subarray(1)
    .map((seconds) => (seconds - start) * framesPerSecond)
    // Rather late than early by half a frame: no frame is given up, and none is added.
    .map((frames) => frames - Math.round(frames - 0.25));
  const middle = medianOf(offsets) ?? 0;
  // Half a frame early and half a frame late are the same place.
  const fromMiddle = (offset: number): number => Math.abs(offset - middle - Math.round(offset - middle));
  return offsets.every((offset) => fromMiddle(offset) < steadyFrames)
    ? start + middle / framesPerSecond
    : start;
}

/**
 * The time stamp that becomes zero. Where sound begins first, the picture's first frame is held for a whole number of
 * frames: between two, rounding would repeat one frame and drop the next for the whole title. Rather the less, because
 * what comes first in a sound track is its encoder's priming.
 */
function originOf(videoStart: number, audioStart: number, framesPerSecond: number): number {
  if (audioStart >= videoStart - primingSeconds) return videoStart;
  return videoStart - Math.floor((videoStart - audioStart) * framesPerSecond + 0.25) / framesPerSecond;
}
