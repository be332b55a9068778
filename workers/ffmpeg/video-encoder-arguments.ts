import type { VideoRange, VideoRung } from '#core/contracts/plan.js';

/**
 * The encoder's settings for one rung. The same for every span, so that every span's parameter sets, and with them the
 * one init segment, are the same to the byte. Closed GOPs of exactly `gopFrames`: scene cuts must not add key frames,
 * because those would leave the grid.
 */
export function videoEncoderArguments(rung: VideoRung, gopFrames: number): string[] {
  const encoder = { h264: h264Arguments, hevc: hevcArguments, av1: av1Arguments }[rung.codec];
  return [...encoder(rung, gopFrames), '-g', String(gopFrames), ...colourArguments(rung.videoRange)];
}

/** `avc1.640028` → `4.0`. */
function h264LevelOf(codecString: string): string {
  return (Number.parseInt(codecString.slice(-2), 16) / 10).toFixed(1);
}

function h264Arguments(rung: VideoRung, gopFrames: number): string[] {
  return [
    ...['-c:v', 'libx264', '-preset', rung.encoderPreset, '-profile:v', 'high'],
    ...['-level:v', h264LevelOf(rung.codecString), '-pix_fmt', 'yuv420p'],
    ...['-keyint_min', String(gopFrames), '-sc_threshold', '0', '-flags', '+cgop'],
    ...(rung.targetBitsPerSecond === undefined
      ? ['-crf', String(rung.crf)]
      : ['-b:v', String(rung.targetBitsPerSecond)]),
    ...['-maxrate', String(rung.capBitsPerSecond), '-bufsize', String(rung.bufferBits)],
  ];
}

const kilobits = (bits: number): number => Math.max(1, Math.round(bits / 1000));

function hevcArguments(rung: VideoRung, gopFrames: number): string[] {
  const isHdr = rung.videoRange !== 'SDR';
  const parameters = [
    `keyint=${gopFrames}:min-keyint=${gopFrames}:scenecut=0:open-gop=0`,
    // Parameter sets live in the init segment alone; no settings string in the stream.
    'repeat-headers=0:info=0:log-level=error',
    `vbv-maxrate=${kilobits(rung.capBitsPerSecond)}:vbv-bufsize=${kilobits(rung.bufferBits)}`,
    ...(rung.videoRange === 'PQ' ? ['hdr10-opt=1'] : []),
  ].join(':');
  return [
    ...['-c:v', 'libx265', '-preset', rung.encoderPreset, '-tag:v', 'hvc1'],
    ...['-profile:v', isHdr ? 'main10' : 'main', '-pix_fmt', isHdr ? 'yuv420p10le' : 'yuv420p'],
    ...['-crf', String(rung.crf), '-x265-params', parameters],
  ];
}

function av1Arguments(rung: VideoRung): string[] {
  return [
    ...['-c:v', 'libsvtav1', '-preset', rung.encoderPreset, '-crf', String(rung.crf)],
    ...['-maxrate', String(rung.capBitsPerSecond), '-bufsize', String(rung.bufferBits)],
    ...['-svtav1-params', 'scd=0', '-pix_fmt', rung.videoRange === 'SDR' ? 'yuv420p' : 'yuv420p10le'],
  ];
}

function colourArguments(range: VideoRange): string[] {
  const tags = {
    SDR: ['bt709', 'bt709', 'bt709'],
    PQ: ['bt2020nc', 'bt2020', 'smpte2084'],
    HLG: ['bt2020nc', 'bt2020', 'arib-std-b67'],
  }[range];
  const [matrix = '', primaries = '', transfer = ''] = tags;
  return ['-color_range', 'tv', '-colorspace', matrix, '-color_primaries', primaries, '-color_trc', transfer];
}

/**
 * Address space for a run that encodes `rungs`: SVT-AV1 reserves gigabytes for every encoder, most of which it never
 * touches, and refuses to start where the limit is in its way.
 */
export function encodeMemoryBytes(bytesOfOne: number, rungs: readonly Pick<VideoRung, 'codec'>[]): number {
  return bytesOfOne * Math.max(1, rungs.filter(({ codec }) => codec === 'av1').length);
}
