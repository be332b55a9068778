import { SourceRefusedError } from '#core/contracts/failure.js';
import type { SourceVideo, VideoRange } from '#core/contracts/plan.js';
import type { ProbedStream } from '#planning/source/probe-report.js';
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
    hasClosedCaptions: stream.closed_captions === undefined ? undefined : stream.closed_captions !== 0,
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

function readVideoRange(stream: ProbedStream): VideoRange {
  if (stream.color_transfer === 'smpte2084') return 'PQ';
  if (stream.color_transfer === 'arib-std-b67') return 'HLG';
  return 'SDR';
}

/**
 * The video's colours. Missing tags default to what every player assumes: BT.709 from 720 lines up and BT.601
 * below, or BT.2020 if the other tags say HDR or BT.2020.
 */
function readColour(stream: ProbedStream, height: number): SourceVideo['colour'] {
  const format = stream.pix_fmt ?? '';
  // ffmpeg reads all RGB as full range, and most RGB that is tagged as limited is in fact full range.
  const isRgb = /^(gbr|rgb|bgr|argb|abgr|0rgb|0bgr|x2rgb|x2bgr|pal8)/.test(format);
  const primaries = knownTag(stream.color_primaries);
  // A video that is not RGB cannot have an RGB matrix: the tag is wrong.
  const matrix = stream.color_space === 'gbr' ? undefined : knownTag(stream.color_space);
  const isWide =
    readVideoRange(stream) !== 'SDR' || [primaries, matrix].some((name) => name?.startsWith('bt2020'));
  const assumed = height >= 720 ? 'bt709' : 'smpte170m';
  return {
    primaries: primaries ?? (isWide ? 'bt2020' : assumed),
    transfer: knownTag(stream.color_transfer) ?? 'bt709',
    matrix: isRgb ? 'gbr' : (matrix ?? (isWide ? 'bt2020nc' : assumed)),
    fullRange: stream.color_range === 'pc' || isRgb || format.startsWith('yuvj'),
  };
}

const knownTag = (tag: string | undefined): string | undefined =>
  tag === undefined || ['unknown', 'reserved', 'unspecified'].includes(tag) ? undefined : tag;

/** Bits per component. */
function readBitDepth(stream: ProbedStream): number {
  const format = stream.pix_fmt ?? '';
  // These names count the bits of three or four components together.
  if (/^(rgb|bgr)48|^(rgba|bgra)64/.test(format)) return 16;
  const fromFormat = /(?:p|p0|gray|xyz)(9|10|12|14|16)(le|be)?$/.exec(format);
  return fromFormat ? Number(fromFormat[1]) : 8;
}
