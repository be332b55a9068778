import { SourceRefusedError } from '#core/contracts/failure.js';
import { type Rational, toNumber } from '#core/contracts/rational.js';
import { outputFrameRate, parseFrameRate } from '#encoder/planning/output-frame-rate.js';
import type { PacketTail, ProbedStream, ProbeReport } from '#encoder/planning/probe-report.js';
import type { SourceLimits } from '#encoder/planning/source-limits.js';

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
const leastShare = 0.98;
const longestPauseSeconds = 600;

/** Throws `duration` and `truncated`. `isFragmented`: the header's duration is not to be believed. */
export function timeLineOf(
  report: ProbeReport,
  picture: ProbedStream,
  sound: readonly ProbedStream[],
  tail: PacketTail,
  cut: string | undefined,
  limits: SourceLimits,
): TimeLine {
  const pictureStart = picture.start_time ?? report.format.start_time ?? 0;
  const soundStart = Math.min(...sound.map(({ start_time }) => start_time ?? pictureStart), pictureStart);
  const averageFramesPerSecond = averageRate(picture, tail);
  const frameRate = outputFrameRate(averageFramesPerSecond);
  const originSeconds = originOf(pictureStart, soundStart, frameRate);
  const durationSeconds = tail.endSeconds - originSeconds;
  checkPauses(tail);
  checkDuration(durationSeconds, limits);
  checkCompleteness(durationSeconds, report, cut);
  return { originSeconds, durationSeconds, averageFramesPerSecond, frameRate };
}

function checkPauses(tail: PacketTail): void {
  const pause = tail.longestGapSeconds ?? 0;
  if (pause > longestPauseSeconds) {
    throw new SourceRefusedError(
      'duration',
      `the time stamps jump by ${Math.round(pause)} s between two frames`,
    );
  }
}

function checkDuration(seconds: number, limits: SourceLimits): void {
  if (seconds >= limits.shortestSeconds && seconds <= limits.longestSeconds) return;
  throw new SourceRefusedError(
    'duration',
    `the picture lasts ${seconds.toFixed(3)} s; ${limits.shortestSeconds} to ${limits.longestSeconds} s are accepted`,
  );
}

function checkCompleteness(seconds: number, report: ProbeReport, cut: string | undefined): void {
  if (cut === undefined) return;
  const claimed = report.format.duration ?? 0;
  // A file can lose its last bytes (an index, padding) and still hold the whole film.
  if (seconds >= claimed * leastShare) return;
  throw new SourceRefusedError(
    'truncated',
    `${cut}; ${seconds.toFixed(1)} s of ${claimed.toFixed(1)} s are there`,
  );
}

/** No camera or screen recorder is faster; Matroska without a nominal rate reports its clock's, 1000. */
const fastestBelievable = 250;
/** Average and nominal rate of a stream that keeps its pace differ by less. */
const sameRateShare = 0.001;

/**
 * Frames a second over the whole picture: what the container says where its average and its nominal rate agree, as they do
 * in a stream that keeps its pace; else counted from the packets, where all were read; else the container's average.
 */
function averageRate(picture: ProbedStream, tail: PacketTail): number {
  const [average, nominal] = [picture.avg_frame_rate, picture.r_frame_rate].map((text) => {
    const rate = parseFrameRate(text);
    return rate && toNumber(rate) <= fastestBelievable ? toNumber(rate) : undefined;
  });
  if (average && nominal && Math.abs(average - nominal) < nominal * sameRateShare) return average;
  return tail.framesPerSecond ?? average ?? nominal ?? 25;
}

/**
 * The time stamp that becomes zero. Where sound begins first, the picture's first frame is held for a whole number of
 * frames: between two, rounding would repeat one frame and drop the next for the whole title.
 */
function originOf(pictureStart: number, soundStart: number, frameRate: Rational): number {
  if (soundStart >= pictureStart - primingSeconds) return pictureStart;
  const heldFrames = Math.round((pictureStart - soundStart) * toNumber(frameRate));
  return pictureStart - heldFrames / toNumber(frameRate);
}
