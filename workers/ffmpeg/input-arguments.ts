import { containerOf } from '#workers/containers/containers.js';

/** Limits that ffmpeg itself puts on an input; the same for probing and decoding. */
export interface InputLimits {
  /** Size of a decoded frame, pixels. */
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

/**
 * Options that go right before the input, for ffprobe and ffmpeg alike. The demuxer is forced and
 * whitelisted, and `file` is the only protocol: only together do they keep a playlist disguised as a video
 * from opening its sibling files. Demuxers of image sequences and scripts are not listed as containers, so
 * none ever runs.
 */
export function inputArguments(demuxer: string, limits: InputLimits): string[] {
  const { whitelistName = demuxer, inputOptions = [] } = containerOf(demuxer);
  return [
    ...['-max_alloc', String(limits.maxAllocBytes)],
    ...['-protocol_whitelist', 'file'],
    ...['-format_whitelist', whitelistName],
    ...['-max_streams', String(limits.maxStreams)],
    ...['-max_pixels', String(limits.maxPixels)],
    ...['-f', demuxer],
    ...inputOptions,
  ];
}
