import type { SourceVideo, VideoRange } from '#core/contracts/plan.js';
import type { ProbedStream } from '#planning/source/probe-report.js';

export function readVideoRange(stream: ProbedStream): VideoRange {
  if (stream.color_transfer === 'smpte2084') return 'PQ';
  if (stream.color_transfer === 'arib-std-b67') return 'HLG';
  return 'SDR';
}

/**
 * The video's colours. Missing tags default to what every player assumes: BT.709 from 720 lines up and BT.601
 * below, or BT.2020 if the other tags say HDR or BT.2020.
 */
export function readColour(stream: ProbedStream, height: number): SourceVideo['colour'] {
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
export function readBitDepth(stream: ProbedStream): number {
  const format = stream.pix_fmt ?? '';
  // These names count the bits of three or four components together.
  if (/^(rgb|bgr)48|^(rgba|bgra)64/.test(format)) return 16;
  const fromFormat = /(?:p|p0|gray|xyz)(9|10|12|14|16)(le|be)?$/.exec(format);
  return fromFormat ? Number(fromFormat[1]) : 8;
}
