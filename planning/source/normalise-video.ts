import { SourceRefusedError } from '#core/contracts/failure.js';
import type { SourceVideo } from '#core/contracts/plan.js';
import type { ProbedStream } from '#planning/source/probe-report.js';
import { readBitDepth, readColour, readVideoRange } from '#planning/source/read-colour.js';
import { readDisplayMatrix } from '#planning/source/read-display-matrix.js';
import type { SourceLimits } from '#planning/source/source-limits.js';

export interface VideoFacts {
  stream: ProbedStream;
  demuxer: string;
  seeking: SourceVideo['seeking'];
  originSeconds: number;
  decodeDelaySeconds: number;
  containerStartSeconds: number;
  averageFramesPerSecond: number;
  /** Interlacing measured on sample frames, used if the header does not declare a field order. */
  detectedInterlacing: SourceVideo['interlaced'] | undefined;
}

/** Turns the probe's facts about the video into what every ffmpeg run needs. Throws `dimensions`. */
export function normaliseVideo(facts: VideoFacts, limits: SourceLimits): SourceVideo {
  const { stream } = facts;
  const width = stream.width ?? 0;
  const height = stream.height ?? 0;
  checkDimensions(width, height, limits);
  const matrix = stream.side_data_list.find((data) => data.side_data_type === 'Display Matrix');
  const orientation = readDisplayMatrix(
    typeof matrix?.displaymatrix === 'string' ? matrix.displaymatrix : undefined,
  );
  const display = displaySize(
    width,
    height,
    sampleAspect(stream.sample_aspect_ratio),
    orientation.rotationDegrees,
  );
  checkDimensions(display.width, display.height, limits);
  const interlacing = interlacingOf(stream.field_order);
  return {
    demuxer: facts.demuxer,
    streamIndex: stream.index,
    decoder: stream.codec_name ?? '',
    originSeconds: facts.originSeconds,
    decodeDelaySeconds: facts.decodeDelaySeconds,
    containerStartSeconds: facts.containerStartSeconds,
    averageFramesPerSecond: facts.averageFramesPerSecond,
    codedWidth: width,
    codedHeight: height,
    displayWidth: display.width,
    displayHeight: display.height,
    ...orientation,
    interlaced: interlacing === 'no' ? (facts.detectedInterlacing ?? 'no') : interlacing,
    range: readVideoRange(stream),
    colour: readColour(stream, height),
    bitDepth: readBitDepth(stream),
    seeking: facts.seeking,
  };
}

function checkDimensions(width: number, height: number, limits: SourceLimits): void {
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  const { minSidePixels, maxSidePixels, maxAspectRatio, maxPixels } = limits;
  if (
    shorter >= minSidePixels &&
    longer <= maxSidePixels &&
    longer <= shorter * maxAspectRatio &&
    width * height <= maxPixels
  ) {
    return;
  }
  const accepted = [
    `sides of ${minSidePixels} to ${maxSidePixels} pixels`,
    `at most ${maxAspectRatio}:1`,
    `and at most ${maxPixels} pixels in total are accepted`,
  ];
  throw new SourceRefusedError('dimensions', `the video is ${width}x${height}; ${accepted.join(', ')}`);
}

function sampleAspect(text: string | undefined): number {
  const match = /^(\d+):(\d+)$/.exec(text ?? '');
  const ratio = match ? Number(match[1]) / Number(match[2]) : 1;
  // No real format has a ratio beyond these: the header is damaged.
  return Number.isFinite(ratio) && ratio > 0.1 && ratio < 10 ? ratio : 1;
}

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));

/** Size with square pixels at the display aspect. Only ever enlarges a side, so no line of detail is lost. */
function displaySize(
  width: number,
  height: number,
  aspect: number,
  rotation: number,
): { width: number; height: number } {
  const squareWidth = aspect >= 1 ? width * aspect : width;
  const squareHeight = aspect >= 1 ? height : height / aspect;
  const isTurned = rotation === 90 || rotation === 270;
  return isTurned
    ? { width: even(squareHeight), height: even(squareWidth) }
    : { width: even(squareWidth), height: even(squareHeight) };
}

function interlacingOf(fieldOrder: string | undefined): SourceVideo['interlaced'] {
  if (fieldOrder === 'tt' || fieldOrder === 'tb') return 'top-first';
  if (fieldOrder === 'bb' || fieldOrder === 'bt') return 'bottom-first';
  return 'no';
}
