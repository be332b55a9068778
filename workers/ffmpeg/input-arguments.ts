/** ffmpeg's own guards on what an input may make it do. The same for probing and for decoding. */
export interface InputLimits {
  /** Decoder picture size, pixels. */
  maxPixels: number;
  maxStreams: number;
  /** Largest single allocation inside ffmpeg, bytes. */
  maxAllocBytes: number;
}

export const defaultInputLimits: InputLimits = {
  maxPixels: 35_389_440,
  maxStreams: 64,
  maxAllocBytes: 512 * 2 ** 20,
};

/** Demuxers whose whitelist name is a list: ffmpeg compares the whole of it. */
const formatNames: Record<string, string> = { mov: 'mov,mp4,m4a,3gp,3g2,mj2', matroska: 'matroska,webm' };

/** These tell a track by its first packets; in ffmpeg's own bounds, 5 MB, sound that begins late is none. */
const probeWidely = ['-probesize', String(128 * 2 ** 20), '-analyzeduration', String(60_000_000)];

/**
 * The transport stream demuxer takes 64 KiB without a packet for the end of the file; half a film lies behind the gap that
 * a disk or a recorder left. Where a broadcast changes its packet identifiers, the tracks go on under the new ones.
 */
const demuxerOptions: Record<string, string[]> = {
  mpegts: [...probeWidely, '-resync_size', String(2 ** 31 - 1), '-merge_pmt_versions', '1'],
  mpeg: probeWidely,
  flv: probeWidely,
};

/**
 * Options that go right before the input, for ffprobe and ffmpeg alike. The demuxer is forced and whitelisted and `file`
 * is the only protocol: the combination that keeps a playlist disguised as a film from opening its siblings. Demuxers
 * of image sequences and scripts are never named, so they are never reached.
 */
export function inputArguments(demuxer: string, limits: InputLimits): string[] {
  return [
    ...['-max_alloc', String(limits.maxAllocBytes)],
    ...['-protocol_whitelist', 'file'],
    ...['-format_whitelist', formatNames[demuxer] ?? demuxer],
    ...['-max_streams', String(limits.maxStreams)],
    ...['-max_pixels', String(limits.maxPixels)],
    ...['-f', demuxer],
    ...(demuxerOptions[demuxer] ?? []),
  ];
}
