import type { HdrMetadata } from '#core/contracts/hdr-metadata.js';
import type { EncodeTarget, VideoRange } from '#core/contracts/plan.js';

/**
 * The encoder's options for one target. They are the same for every span: so are the parameter sets, and thus
 * the one init segment, to the byte. GOPs are closed and exactly `gopFrames` long; scene changes add no key
 * frames, which would leave the grid.
 */
export function videoEncoderArguments(
  target: EncodeTarget,
  gopFrames: number,
  hdrMetadata?: HdrMetadata,
): string[] {
  const encoder = { h264: h264Arguments, hevc: hevcArguments, av1: av1Arguments }[target.codec];
  // HLG is relative to the display's own luminance and has no such metadata.
  const metadata = target.videoRange === 'PQ' ? (hdrMetadata ?? {}) : {};
  return [
    ...encoder(target, gopFrames, metadata),
    '-g',
    String(gopFrames),
    ...colourArguments(target.videoRange),
  ];
}

/** `avc1.640028` → `4.0`. */
function h264LevelOf(codecString: string): string {
  return (Number.parseInt(codecString.slice(-2), 16) / 10).toFixed(1);
}

function h264Arguments(target: EncodeTarget, gopFrames: number): string[] {
  return [
    ...['-c:v', 'libx264', '-preset', target.encoderPreset, '-profile:v', 'high'],
    ...['-level:v', h264LevelOf(target.codecString), '-pix_fmt', 'yuv420p'],
    ...['-keyint_min', String(gopFrames), '-sc_threshold', '0', '-flags', '+cgop'],
    ...(target.targetBitsPerSecond === undefined
      ? ['-crf', String(target.crf)]
      : ['-b:v', String(target.targetBitsPerSecond)]),
    ...['-maxrate', String(target.capBitsPerSecond), '-bufsize', String(target.bufferBits)],
  ];
}

const kilobits = (bits: number): number => Math.max(1, Math.round(bits / 1000));

function hevcArguments(target: EncodeTarget, gopFrames: number, metadata: HdrMetadata): string[] {
  const isHdr = target.videoRange !== 'SDR';
  const { levelIdc, isHighTier } = hevcLevelOf(target.codecString);
  const parameters = [
    `level-idc=${levelIdc / 3}:high-tier=${isHighTier ? 1 : 0}`,
    `keyint=${gopFrames}:min-keyint=${gopFrames}:scenecut=0:open-gop=0`,
    // Parameter sets are in the init segment alone, and the stream holds no settings string.
    'repeat-headers=0:info=0:log-level=error',
    `vbv-maxrate=${kilobits(target.capBitsPerSecond)}:vbv-bufsize=${kilobits(target.bufferBits)}`,
    ...(target.videoRange === 'PQ' ? ['hdr10-opt=1', ...hevcMetadata(metadata)] : []),
  ].join(':');
  return [
    ...['-c:v', 'libx265', '-preset', target.encoderPreset, '-tag:v', 'hvc1'],
    ...['-profile:v', isHdr ? 'main10' : 'main', '-pix_fmt', isHdr ? 'yuv420p10le' : 'yuv420p'],
    ...['-crf', String(target.crf), '-x265-params', parameters],
    // For HDR10 libx265 ignores `repeat-headers=0`, but `hvc1` samples must not hold parameter sets.
    ...(target.videoRange === 'PQ' ? ['-bsf:v', 'filter_units=remove_types=32-34'] : []),
  ];
}

/** `hvc1.2.4.L93.90` → 93 in the Main tier. */
function hevcLevelOf(codecString: string): { levelIdc: number; isHighTier: boolean } {
  const [, tier, level] = /\.([LH])(\d+)\./.exec(codecString) ?? [];
  return { levelIdc: Number(level), isHighTier: tier === 'H' };
}

function hevcMetadata({ masteringDisplay, contentLight }: HdrMetadata): string[] {
  const parameters: string[] = [];
  if (masteringDisplay) {
    const { red, green, blue, white, maxLuminance, minLuminance } = masteringDisplay;
    const points = `G(${green.x},${green.y})B(${blue.x},${blue.y})R(${red.x},${red.y})WP(${white.x},${white.y})`;
    parameters.push(`master-display=${points}L(${maxLuminance},${minLuminance})`);
  }
  if (contentLight) parameters.push(`max-cll=${contentLight.maxContent},${contentLight.maxFrameAverage}`);
  return parameters;
}

/** Matches the planner's `declaredPeakShare`. With the default, 50, noise exceeds its cap by 45 %. */
const maxOvershootPercent = 25;

function av1Arguments(target: EncodeTarget, _gopFrames: number, metadata: HdrMetadata): string[] {
  const parameters = [
    `level=${av1LevelOf(target.codecString)}`,
    'scd=0',
    // SVT-AV1's capped CRF has no buffer model: this bounds how far a GOP may exceed the cap.
    `mbr-overshoot-pct=${maxOvershootPercent}`,
    // Buffers grow with the number of threads; `encode-memory.ts` counts on two.
    'lp=2:pin=0',
    // The scaler's siting. Without it the encoder takes the source's, which also changes the codec string.
    'chroma-sample-position=vertical',
    ...av1Metadata(metadata),
  ].join(':');
  return [
    ...['-c:v', 'libsvtav1', '-preset', target.encoderPreset, '-crf', String(target.crf)],
    ...['-maxrate', String(target.capBitsPerSecond), '-bufsize', String(target.bufferBits)],
    ...['-svtav1-params', parameters, '-pix_fmt', target.videoRange === 'SDR' ? 'yuv420p' : 'yuv420p10le'],
  ];
}

/** `av01.0.09M.08` → 41, SVT-AV1's name of level 4.1: seq_level_idx counts four per level, from 2.0. */
function av1LevelOf(codecString: string): number {
  const index = Number.parseInt(codecString.split('.')[2] ?? '', 10);
  return 10 * (2 + Math.floor(index / 4)) + (index % 4);
}

function av1Metadata({ masteringDisplay, contentLight }: HdrMetadata): string[] {
  const parameters: string[] = [];
  if (masteringDisplay) {
    const { red, green, blue, white, maxLuminance, minLuminance } = masteringDisplay;
    const point = ({ x, y }: { x: number; y: number }): string => `(${x / 50_000},${y / 50_000})`;
    const points = `G${point(green)}B${point(blue)}R${point(red)}WP${point(white)}`;
    parameters.push(`mastering-display=${points}L(${maxLuminance / 10_000},${minLuminance / 10_000})`);
  }
  if (contentLight)
    parameters.push(`content-light=${contentLight.maxContent},${contentLight.maxFrameAverage}`);
  return parameters;
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
