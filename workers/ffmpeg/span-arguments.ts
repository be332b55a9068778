import type { Plan, SourceVideo, VideoRung } from '#core/contracts/plan.js';
import { type FrameRange, frameSeconds, steppedFrames } from '#core/contracts/segment-grid.js';
import { containerOf } from '#workers/containers/containers.js';
import { colourFilters } from '#workers/ffmpeg/colour-filters.js';
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
export function seekSeconds(plan: Pick<Plan, 'grid' | 'video'>, firstFrame: number): number | undefined {
  const { video, grid } = plan;
  const wanted =
    video.originSeconds - video.containerStartSeconds + frameSeconds(grid, firstFrame) - seekMarginSeconds;
  return video.seeking === 'none' || wanted <= 0 ? undefined : wanted;
}

/**
 * One ffmpeg run for a span: decodes it once, brings it onto the grid, splits it to the rungs.
 *
 * Frame-exact because: reading starts at a key frame at least a second early and every frame from there goes through
 * `fps` (`-noaccurate_seek`: a frame held over the boundary is not lost); time stamps stay the file's own (`-copyts`), so
 * `fps=start_time=0` puts every frame where a straight decode would; `trim` cuts a quarter of a frame before each boundary
 * (it rounds to the grid's time base, and a half would round either way). The last frame is there however short its packet
 * says that it lasts (`eof_action=pass`).
 */
export function spanArguments(
  plan: Pick<Plan, 'grid' | 'video'>,
  frames: FrameRange,
  rungs: readonly VideoRung[],
  seek: number | undefined,
): SpanArguments {
  const { video } = plan;
  // Rungs of one size differ in bitrate alone: scaled, and tone-mapped, once.
  const branches = new Map<string, string[]>();
  for (const [index, rung] of rungs.entries()) {
    const filters = rungFilters(video, rung);
    branches.set(filters, [...(branches.get(filters) ?? []), `v${index}`]);
  }
  const sources = [...branches.keys()].map((_, index) => `s${index}`);
  return {
    input: [
      ...['-noaccurate_seek', '-copyts', '-reinit_filter', '0'],
      ...(seek === undefined ? [] : ['-ss', fixed(seek)]),
    ],
    filterGraph: [
      `[0:${video.streamIndex}]${gridFilters(plan, frames)}${splitTo(sources)}`,
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
export function gridFilters({ grid, video }: Pick<Plan, 'grid' | 'video'>, frames: FrameRange): string {
  const { numerator, denominator } = grid.frameRate;
  const quarterFrame = 0.25;
  const boundary = (frame: number): string =>
    fixed(Math.max(0, ((frame - quarterFrame) * denominator) / numerator));
  const zero = video.originSeconds + video.decodeDelaySeconds;
  return [
    uprightSize(video),
    // `setpts` cuts off what is less than a tick, and one of AVI's is a whole frame.
    ...(zero === 0 ? [] : [`settb=AVTB,setpts=PTS-(${fixed(zero)})/TB`]),
    ...deinterlaceFilters(video),
    ...shapeFilters(video),
    `fps=${numerator}/${denominator}:start_time=0:eof_action=pass`,
    `tpad=stop_mode=clone:stop_duration=${heldAtEndSeconds}`,
    `trim=start=${boundary(frames.first)}:end=${boundary(frames.end)}`,
  ].join(',');
}

function uprightSize(video: SourceVideo): string {
  const { width, height } = uprightPixels(video);
  return `scale=w=${width}:h=${height}:${keptRange(video)}`;
}

function uprightPixels({ codedWidth, codedHeight, rotationDegrees }: SourceVideo) {
  const isTurned = rotationDegrees === 90 || rotationDegrees === 270;
  return isTurned ? { width: codedHeight, height: codedWidth } : { width: codedWidth, height: codedHeight };
}

/** Told no range, `scale` would make frames that it changes limited. */
function keptRange({ colour }: SourceVideo): string {
  const range = colour.fullRange ? 'full' : 'limited';
  return `in_range=${range}:out_range=${range}`;
}

/**
 * A broadcast goes from 4:3 to 16:9 and back by the shape of its pixels alone. Frames of another shape than the planned
 * keep theirs, between bars, as a television shows them.
 */
function shapeFilters(video: SourceVideo): string[] {
  if (!containerOf(video.demuxer).mayChangeSampleAspect) return [];
  const { width, height } = uprightPixels(video);
  const planned = (video.displayWidth * height) / (video.displayHeight * width);
  // As planning reads it: beyond any real format it is a damaged header.
  const wider = `if(between(sar,0.1,10),sar,1)/${planned.toFixed(6)}`;
  // Sides were rounded to even pixels.
  const fitted = `w='if(lt(${wider},0.95),2*round(${width / 2}*${wider}),${width})':h='if(gt(${wider},1.05),2*round(${height / 2}/(${wider})),${height})'`;
  return [
    `scale=${fitted}:eval=frame:${keptRange(video)}`,
    `pad=w=${width}:h=${height}:x=-1:y=-1:eval=frame`,
  ];
}

function deinterlaceFilters(video: SourceVideo): string[] {
  if (video.interlaced === 'no') return [];
  return [`bwdif=mode=send_frame:parity=${video.interlaced === 'top-first' ? 'tff' : 'bff'}:deint=all`];
}

function rungFilters(video: SourceVideo, rung: VideoRung): string {
  return [...(rung.frameStep === 2 ? ['framestep=2'] : []), ...colourFilters(video, rung), 'setsar=1'].join(
    ',',
  );
}

function outputArguments(
  { grid, video }: Pick<Plan, 'grid' | 'video'>,
  frames: FrameRange,
  rung: VideoRung,
  index: number,
): string[] {
  const { numerator, denominator } = rung.frameRate;
  const stepped = steppedFrames(frames, rung.frameStep);
  const seconds = ((stepped.end - stepped.first) * denominator) / numerator;
  return [
    ...['-map', `[v${index}]`],
    ...videoEncoderArguments(rung, grid.gopFrames / rung.frameStep, video.hdrMetadata),
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
