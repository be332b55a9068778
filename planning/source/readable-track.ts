import type { ProbedStream } from '#planning/source/probe-report.js';

/**
 * Whether the track is decodable as far as the probe shows: a known codec, not encrypted, with a usable base
 * layer.
 */
export function isReadable(stream: ProbedStream): boolean {
  return (
    !isEncrypted(stream) &&
    !needsDolbyVision(stream) &&
    stream.codec_name !== undefined &&
    !['unknown', 'none'].includes(stream.codec_name)
  );
}

export function isEncrypted(stream: ProbedStream): boolean {
  return (
    stream.isProtected || stream.side_data_list.some((data) => /encryption/i.test(data.side_data_type ?? ''))
  );
}

/**
 * Dolby Vision whose base layer cannot be shown without its metadata (profiles 5 and 10 with compatibility id
 * 0: colours in IPT, which other decoders show green and purple). The base layer of every other profile is
 * HDR10, HLG or SDR.
 */
export function needsDolbyVision(stream: ProbedStream): boolean {
  return stream.side_data_list.some(
    (data) =>
      data.side_data_type === 'DOVI configuration record' &&
      data.dv_bl_signal_compatibility_id === 0 &&
      (data.dv_profile === 5 || data.dv_profile === 10),
  );
}

/** A four-character code in quotation marks, with `?` for bytes that a terminal might act on. */
export const quoteFormatTag = (tag = ''): string => `"${tag.replaceAll(/[^\x20-\x7e]/g, '?')}"`;
