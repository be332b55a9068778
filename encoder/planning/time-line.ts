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
  const soundStart = sound[0]?.start_time ?? pictureStart;
  const originSeconds = soundStart < pictureStart - primingSeconds ? soundStart : pictureStart;
  const durationSeconds = tail.endSeconds - originSeconds;
  checkPauses(tail);
  checkDuration(durationSeconds, limits);
  checkCompleteness(durationSeconds, report, cut);
  const averageFramesPerSecond = averageRate(picture, tail);
  return {
    originSeconds,
    durationSeconds,
    averageFramesPerSecond,
    frameRate: outputFrameRate(averageFramesPerSecond),
  };
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

/**
 * Frames a second over the whole picture: the container's average where it is believable, else counted from the packets.
 */
function averageRate(picture: ProbedStream, tail: PacketTail): number {
  const told = [picture.avg_frame_rate, picture.r_frame_rate].map((text) => {
    const rate = parseFrameRate(text);
    return rate && toNumber(rate) <= fastestBelievable ? toNumber(rate) : undefined;
  });
  return told[0] ?? tail.framesPerSecond ?? told[1] ?? 25;
}
