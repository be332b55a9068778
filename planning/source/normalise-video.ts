import { SourceRefusedError } from '#core/contracts/failure.js';
import type { SourceVideo, VideoRange } from '#core/contracts/plan.js';
import { readDisplayMatrix } from '#planning/source/display-matrix.js';
import type { ProbedStream } from '#planning/source/probe-report.js';
import type { SourceLimits } from '#planning/source/source-limits.js';

export interface VideoFacts {
  stream: ProbedStream;
  demuxer: string;
  seeking: SourceVideo['seeking'];
  originSeconds: number;
  decodeDelaySeconds: number;
  containerStartSeconds: number;
  averageFramesPerSecond: number;
  /** What looking at sample frames found, where the field order is not told. */
  detectedInterlacing: SourceVideo['interlaced'] | undefined;
}

/** Turns what the probe says of the picture into what every ffmpeg run needs. Throws `dimensions`. */
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
    range: videoRangeOf(stream),
    colour: colourOf(stream, height),
    bitDepth: bitDepthOf(stream),
    seeking: facts.seeking,
  };
}

function checkDimensions(width: number, height: number, limits: SourceLimits): void {
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  if (
    shorter >= limits.minSidePixels &&
    longer <= limits.maxSidePixels &&
    longer <= shorter * limits.maxAspectRatio &&
    width * height <= limits.maxPixels
  ) {
    return;
  }
  throw new SourceRefusedError(
    'dimensions',
    `the picture is ${width}x${height}; sides of ${limits.minSidePixels} to ${limits.maxSidePixels} pixels, at most ${limits.maxAspectRatio} to 1, and at most ${limits.maxPixels} pixels in all are accepted`,
  );
}

function sampleAspect(text: string | undefined): number {
  const match = /^(\d+):(\d+)$/.exec(text ?? '');
  const ratio = match ? Number(match[1]) / Number(match[2]) : 1;
  // A ratio beyond any real format is a damaged header, not a wish.
  return Number.isFinite(ratio) && ratio > 0.1 && ratio < 10 ? ratio : 1;
}

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));

/** Square pixels at the display aspect: the side that the aspect stretches grows, so no line of detail is lost. */
function displaySize(
  width: number,
  height: number,
  aspect: number,
  rotation: number,
): { width: number; height: number } {
  const wide = aspect >= 1 ? width * aspect : width;
  const high = aspect >= 1 ? height : height / aspect;
  const turned = rotation === 90 || rotation === 270;
  return turned ? { width: even(high), height: even(wide) } : { width: even(wide), height: even(high) };
}

function interlacingOf(fieldOrder: string | undefined): SourceVideo['interlaced'] {
  if (fieldOrder === 'tt' || fieldOrder === 'tb') return 'top-first';
  if (fieldOrder === 'bb' || fieldOrder === 'bt') return 'bottom-first';
  return 'no';
}

function videoRangeOf(stream: ProbedStream): VideoRange {
  if (stream.color_transfer === 'smpte2084') return 'PQ';
  if (stream.color_transfer === 'arib-std-b67') return 'HLG';
  return 'SDR';
}

/**
 * What untagged picture is taken for: BT.709 from 720 lines up, BT.601 below, as every player assumes; BT.2020 where its
 * other tags speak of HDR or of BT.2020.
 */
function colourOf(stream: ProbedStream, height: number): SourceVideo['colour'] {
  const format = stream.pix_fmt ?? '';
  // ffmpeg reads all RGB as full range, and most of what is tagged limited is full range in truth.
  const isRgb = /^(gbr|rgb|bgr|argb|abgr|0rgb|0bgr|x2rgb|x2bgr|pal8)/.test(format);
  const primaries = declared(stream.color_primaries);
  // What has no RGB was no RGB when it was tagged so.
  const matrix = stream.color_space === 'gbr' ? undefined : declared(stream.color_space);
  const isWide =
    videoRangeOf(stream) !== 'SDR' || [primaries, matrix].some((name) => name?.startsWith('bt2020'));
  const assumed = height >= 720 ? 'bt709' : 'smpte170m';
  return {
    primaries: primaries ?? (isWide ? 'bt2020' : assumed),
    transfer: declared(stream.color_transfer) ?? 'bt709',
    matrix: isRgb ? 'gbr' : (matrix ?? (isWide ? 'bt2020nc' : assumed)),
    fullRange: stream.color_range === 'pc' || isRgb || format.startsWith('yuvj'),
  };
}

const declared = (tag: string | undefined): string | undefined =>
  tag === undefined || ['unknown', 'reserved', 'unspecified'].includes(tag) ? undefined : tag;

function bitDepthOf(stream: ProbedStream): number {
  const format = stream.pix_fmt ?? '';
  // 48 and 64 bits a pixel, three or four components.
  if (/^(rgb|bgr)48|^(rgba|bgra)64/.test(format)) return 16;
  const fromFormat = /(?:p|p0|gray|xyz)(9|10|12|14|16)(le|be)?$/.exec(format);
  return fromFormat ? Number(fromFormat[1]) : 8;
}
