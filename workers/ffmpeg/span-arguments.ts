import type { Plan, SourcePicture, VideoRung } from '#core/contracts/plan.js';
import { type FrameRange, frameSeconds, steppedFrames } from '#core/contracts/segment-grid.js';
import { videoEncoderArguments } from '#workers/ffmpeg/video-encoder-arguments.js';

/** The least that is read before a span, seconds: the frame shown at its first instant may have begun earlier. */
const seekMarginSeconds = 1;
/** Frames shown beyond the last one that decodes, seconds: containers round their durations up to a frame or so. */
const heldAtEndSeconds = 1;

export interface SpanArguments {
  input: string[];
  filterGraph: string;
  /** One list a rung, in the order asked for. */
  outputs: string[][];
}

/**
 * Where to begin reading for a span that starts at `firstFrame`, as ffmpeg's `-ss` (seconds after the container's start
 * time); undefined to read from the beginning.
 */
export function seekSeconds(plan: Pick<Plan, 'grid' | 'picture'>, firstFrame: number): number | undefined {
  const { picture, grid } = plan;
  const wanted =
    picture.originSeconds -
    picture.containerStartSeconds +
    frameSeconds(grid, firstFrame) -
    seekMarginSeconds;
  return picture.seeking === 'none' || wanted <= 0 ? undefined : wanted;
}

/**
 * One ffmpeg run for a span: decodes it once, brings it onto the grid, splits it to the rungs.
 *
 * Frame-exact because: reading starts at a key frame at least a second early and every frame from there goes through
 * `fps` (`-noaccurate_seek`: a frame held over the boundary is not lost); time stamps stay the file's own (`-copyts`), so
 * `fps=start_time=0` puts every frame where a straight decode would; `trim` cuts a quarter of a frame before each boundary
 * (it rounds to the grid's time base, and a half would round either way).
 */
export function spanArguments(
  plan: Pick<Plan, 'grid' | 'picture'>,
  frames: FrameRange,
  rungs: readonly VideoRung[],
  seek: number | undefined,
): SpanArguments {
  const { picture } = plan;
  // Rungs of one size differ in bitrate alone: scaled, and tone-mapped, once.
  const branches = new Map<string, string[]>();
  for (const [index, rung] of rungs.entries()) {
    const filters = rungFilters(picture, rung);
    branches.set(filters, [...(branches.get(filters) ?? []), `v${index}`]);
  }
  const sources = [...branches.keys()].map((_, index) => `s${index}`);
  return {
    input: [
      ...['-noaccurate_seek', '-copyts', '-reinit_filter', '0'],
      ...(seek === undefined ? [] : ['-ss', fixed(seek)]),
    ],
    filterGraph: [
      `[0:${picture.streamIndex}]${gridFilters(plan, frames)}${splitTo(sources)}`,
      ...[...branches].map(([filters, names], index) => `[s${index}]${filters}${splitTo(names)}`),
    ].join(';'),
    outputs: rungs.map((rung, index) => outputArguments(plan, frames, rung, index)),
  };
}

const splitTo = (names: readonly string[]): string =>
  `${names.length === 1 ? '' : `,split=${names.length}`}${names.map((name) => `[${name}]`).join('')}`;

const fixed = (value: number): string => value.toFixed(6);

/**
 * From the file's frames to the grid's: of one size, progressive, at the exact rate, this span's alone. ffmpeg turns them
 * upright before (`-autorotate`; told not to, it hands the matrix on to the output). The `scale` in front does nothing to
 * frames that have the planned size; where a stream changes its size on the way, every filter behind it still sees the
 * one it was set up for.
 */
export function gridFilters({ grid, picture }: Pick<Plan, 'grid' | 'picture'>, frames: FrameRange): string {
  const { numerator, denominator } = grid.frameRate;
  const quarterFrame = 0.25;
  const boundary = (frame: number): string =>
    fixed(Math.max(0, ((frame - quarterFrame) * denominator) / numerator));
  return [
    uprightSize(picture),
    ...(picture.originSeconds === 0 ? [] : [`setpts=PTS-(${fixed(picture.originSeconds)})/TB`]),
    ...deinterlaceFilters(picture),
    `fps=${numerator}/${denominator}:start_time=0`,
    `tpad=stop_mode=clone:stop_duration=${heldAtEndSeconds}`,
    `trim=start=${boundary(frames.first)}:end=${boundary(frames.end)}`,
  ].join(',');
}

function uprightSize({ codedWidth, codedHeight, rotationDegrees }: SourcePicture): string {
  const isTurned = rotationDegrees === 90 || rotationDegrees === 270;
  const [width, height] = isTurned ? [codedHeight, codedWidth] : [codedWidth, codedHeight];
  return `scale=w=${width}:h=${height}`;
}

function deinterlaceFilters(picture: SourcePicture): string[] {
  if (picture.interlaced === 'no') return [];
  return [`bwdif=mode=send_frame:parity=${picture.interlaced === 'top-first' ? 'tff' : 'bff'}:deint=all`];
}

function rungFilters(picture: SourcePicture, rung: VideoRung): string {
  return [...(rung.frameStep === 2 ? ['framestep=2'] : []), ...colourFilters(picture, rung), 'setsar=1'].join(
    ',',
  );
}

/** Scales and converts in one go. SDR comes out as BT.709 limited range, tagged so; HDR rungs keep what they are. */
function colourFilters(picture: SourcePicture, rung: VideoRung): string[] {
  const { colour } = picture;
  const size = `w=${rung.width}:h=${rung.height}`;
  const range = colour.fullRange ? 'full' : 'limited';
  const wideGamut = colour.primaries === 'bt2020' || picture.range !== 'SDR';
  if (wideGamut && rung.videoRange !== 'SDR') return [`scale=${size}:flags=bicubic`, 'format=yuv420p10le'];
  if (wideGamut) {
    // Every property is named: zscale refuses to guess, and untagged HDR would end grey.
    const from = `min=${matrixName(colour.matrix)}:pin=bt2020:tin=${zscaleTransfer(colour.transfer)}:rin=${range}`;
    return [
      `scale=${size}:flags=bicubic`,
      `zscale=${from}:t=linear:npl=${picture.range === 'SDR' ? 100 : referenceWhiteNits}`,
      'format=gbrpf32le',
      'zscale=p=bt709',
      ...(picture.range === 'SDR' ? [] : [toneMap(picture)]),
      'zscale=t=bt709:m=bt709:r=limited',
      'format=yuv420p',
    ];
  }
  const inMatrix = ['bt709', 'smpte170m', 'bt470bg', 'smpte240m', 'fcc'].includes(colour.matrix)
    ? `:in_color_matrix=${colour.matrix}`
    : '';
  return [
    `scale=${size}:flags=bicubic${inMatrix}:in_range=${range}:out_color_matrix=bt709:out_range=limited`,
    'format=yuv420p',
  ];
}

/** ITU-R BT.2408: how bright HDR shows what is white in SDR; here it becomes 1.0. */
const referenceWhiteNits = 203;
/** What HLG is shown at, and what HDR10 is mastered for where it does not say (ITU-R BT.2100). */
const usualPeakNits = 1_000;

/**
 * Everything up to half of reference white, skin and shadows, stays exactly as bright as in SDR; what is above is
 * compressed up to the peak. The peak is the title's, never a frame's: pieces must match.
 */
function toneMap({ range, hdrMetadata }: SourcePicture): string {
  const told = range === 'PQ' ? hdrMetadata?.contentLight?.maxContent : undefined;
  const peakNits = Math.min(10_000, Math.max(2 * referenceWhiteNits, told || usualPeakNits));
  return `tonemap=mobius:param=0.5:desat=0:peak=${(peakNits / referenceWhiteNits).toFixed(3)}`;
}

const matrixName = (matrix: string): string => (matrix === 'bt2020c' ? '2020_cl' : '2020_ncl');

function zscaleTransfer(transfer: string): string {
  const names: Record<string, string> = { smpte2084: 'smpte2084', 'arib-std-b67': 'arib-std-b67' };
  return names[transfer] ?? 'bt709';
}

function outputArguments(
  { grid, picture }: Pick<Plan, 'grid' | 'picture'>,
  frames: FrameRange,
  rung: VideoRung,
  index: number,
): string[] {
  const { numerator, denominator } = rung.frameRate;
  const stepped = steppedFrames(frames, rung.frameStep);
  const seconds = ((stepped.end - stepped.first) * denominator) / numerator;
  return [
    ...['-map', `[v${index}]`],
    ...videoEncoderArguments(rung, grid.gopFrames / rung.frameStep, picture.hdrMetadata),
    ...['-enc_time_base', `${denominator}/${numerator}`, '-vsync', 'passthrough'],
    ...['-frames:v', String(stepped.end - stepped.first)],
    // Three times the cap for three times the duration: only a broken encoder gets there.
    ...['-fs', String(Math.ceil((rung.capBitsPerSecond * (seconds + 10) * 9) / 8) + 2 ** 20)],
    ...['-video_track_timescale', String(numerator)],
    ...['-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-movflags', '+empty_moov+default_base_moof+frag_keyframe+frag_discont'],
    ...['-avoid_negative_ts', 'disabled', '-flush_packets', '1', '-f', 'mp4'],
  ];
}
