import type { EncodeTarget, Plan, SourceVideo } from '#core/contracts/plan.js';
import { type FrameRange, frameSeconds, steppedFrames } from '#core/contracts/segment-grid.js';
import { containerOf } from '#workers/containers/containers.js';
import { colourFilters } from '#workers/ffmpeg/colour-filters.js';
import { videoEncoderArguments } from '#workers/ffmpeg/video-encoder-arguments.js';

/** Minimum that is read before a span, seconds: the frame on screen at the span's start may begin earlier. */
const seekMarginSeconds = 1;
/** How long the last decoded frame is held, seconds: containers round their durations up by a frame or so. */
const heldAtEndSeconds = 1;

/** The part of a plan that decides which frames a span has. */
type GridPlan = Pick<Plan, 'grid' | 'video'>;

/** The frames of one branch of a span's filter graph. */
export type FrameShape = Pick<EncodeTarget, 'width' | 'height' | 'frameStep' | 'videoRange'>;

export interface SpanArguments {
  input: string[];
  filterGraph: string;
  /** One list per target, in their order. */
  outputs: string[][];
}

/**
 * Calculates where to start reading for a span that begins at `firstFrame`, as ffmpeg's `-ss` (seconds after
 * the container's start time). Returns undefined to read from the beginning.
 */
export function seekSeconds({ grid, video }: GridPlan, firstFrame: number): number | undefined {
  return seekTo(video, frameSeconds(grid, firstFrame) - seekMarginSeconds);
}

/** Converts seconds of the title's timeline to ffmpeg's `-ss`; undefined to read from the beginning. */
export function seekTo(video: SourceVideo, seconds: number): number | undefined {
  const wanted = video.originSeconds - video.containerStartSeconds + seconds;
  return video.seeking === 'none' || wanted <= 0 ? undefined : wanted;
}

/** Builds the one run for a span: decode once, bring frames onto the grid, split them to the targets. */
export function spanArguments(
  plan: GridPlan,
  frames: FrameRange,
  targets: readonly EncodeTarget[],
  seek: number | undefined,
): SpanArguments {
  return {
    input: spanInput(seek),
    filterGraph: spanGraph(plan, frames, targets),
    outputs: targets.map((target, index) => outputArguments(plan, frames, target, index)),
  };
}

/**
 * Options before the input. `-noaccurate_seek` keeps every frame from the key frame on, so that a frame that
 * is held over the span's start is not lost. `-copyts` keeps the file's timestamps, so that
 * `fps=start_time=0` puts each frame where a decode of the whole file would put it.
 */
function spanInput(seek: number | undefined): string[] {
  return [
    ...['-noaccurate_seek', '-copyts', '-reinit_filter', '0'],
    ...(seek === undefined ? [] : ['-ss', fixed(seek)]),
  ];
}

/** Builds the filter graph of a span. Its outputs are `[v0]`, `[v1]` and so on, one per shape. */
export function spanGraph(plan: GridPlan, frames: FrameRange, shapes: readonly FrameShape[]): string {
  // Rungs of one size differ in bitrate alone: one branch scales and tone-maps for all of them.
  const branches = new Map<string, string[]>();
  for (const [index, shape] of shapes.entries()) {
    const filters = shapeFilters(plan.video, shape);
    branches.set(filters, [...(branches.get(filters) ?? []), `v${index}`]);
  }
  const sources = [...branches.keys()].map((_, index) => `s${index}`);
  return [
    `[0:${plan.video.streamIndex}]${gridFilters(plan, frames)}${splitTo(sources)}`,
    ...[...branches].map(([filters, names], index) => `[s${index}]${filters}${splitTo(names)}`),
  ].join(';');
}

const splitTo = (names: readonly string[]): string =>
  `${names.length === 1 ? '' : `,split=${names.length}`}${names.map((name) => `[${name}]`).join('')}`;

const fixed = (value: number): string => value.toFixed(6);

/**
 * Filters from the file's frames to the grid's frames in `frames`: upright, one size, progressive, at the
 * exact rate. ffmpeg has rotated the frames before (`-autorotate`; without it the rotation matrix would reach
 * the output).
 *
 * `trim` cuts a quarter of a frame before each boundary: it rounds to the grid's time base, where half a
 * frame could round either way. `eof_action=pass` keeps the last frame, however short its packet's duration.
 */
export function gridFilters({ grid, video }: GridPlan, frames: FrameRange): string {
  const { numerator, denominator } = grid.frameRate;
  const quarterFrame = 0.25;
  const boundary = (frame: number): string =>
    fixed(Math.max(0, ((frame - quarterFrame) * denominator) / numerator));
  const zero = video.originSeconds + video.decodeDelaySeconds;
  return [
    uprightSize(video),
    // Without AVTB, `setpts` truncates to a tick of the input's time base: in AVI a whole frame.
    ...(zero === 0 ? [] : [`settb=AVTB,setpts=PTS-(${fixed(zero)})/TB`]),
    ...deinterlaceFilters(video),
    ...aspectFilters(video),
    `fps=${numerator}/${denominator}:start_time=0:eof_action=pass`,
    `tpad=stop_mode=clone:stop_duration=${heldAtEndSeconds}`,
    `trim=start=${boundary(frames.first)}:end=${boundary(frames.end)}`,
  ].join(',');
}

/**
 * Scales every frame to the planned coded size. Has no effect on frames of that size; if a stream changes its
 * size midway, the filters after this one still get the size that they were set up for.
 */
function uprightSize(video: SourceVideo): string {
  const { width, height } = uprightPixels(video);
  return `scale=w=${width}:h=${height}:${keptRange(video)}`;
}

function uprightPixels({ codedWidth, codedHeight, rotationDegrees }: SourceVideo) {
  const isTurned = rotationDegrees === 90 || rotationDegrees === 270;
  return isTurned ? { width: codedHeight, height: codedWidth } : { width: codedWidth, height: codedHeight };
}

/** Names both ranges: without them `scale` outputs limited range whenever it changes a frame. */
function keptRange({ colour }: SourceVideo): string {
  const range = colour.fullRange ? 'full' : 'limited';
  return `in_range=${range}:out_range=${range}`;
}

/**
 * Broadcasts switch between 4:3 and 16:9 by changing the sample aspect ratio alone. Frames whose aspect ratio
 * differs from the planned one are fitted between bars, as a television shows them.
 */
function aspectFilters(video: SourceVideo): string[] {
  if (!containerOf(video.demuxer).mayChangeSampleAspect) return [];
  const { width, height } = uprightPixels(video);
  const planned = (video.displayWidth * height) / (video.displayHeight * width);
  // Ratios outside 0.1 to 10 come from damaged headers; planning treats those pixels as square too.
  const wider = `if(between(sar,0.1,10),sar,1)/${planned.toFixed(6)}`;
  // The tolerance of 5 % covers planned sides that were rounded to even numbers.
  const fittedWidth = `'if(lt(${wider},0.95),2*round(${width / 2}*${wider}),${width})'`;
  const fittedHeight = `'if(gt(${wider},1.05),2*round(${height / 2}/(${wider})),${height})'`;
  return [
    `scale=w=${fittedWidth}:h=${fittedHeight}:eval=frame:${keptRange(video)}`,
    `pad=w=${width}:h=${height}:x=-1:y=-1:eval=frame`,
  ];
}

function deinterlaceFilters(video: SourceVideo): string[] {
  if (video.interlaced === 'no') return [];
  return [`bwdif=mode=send_frame:parity=${video.interlaced === 'top-first' ? 'tff' : 'bff'}:deint=all`];
}

function shapeFilters(video: SourceVideo, shape: FrameShape): string {
  const step = shape.frameStep === 2 ? ['framestep=2'] : [];
  return [...step, ...colourFilters(video, shape), 'setsar=1'].join(',');
}

function outputArguments(
  { grid, video }: GridPlan,
  frames: FrameRange,
  target: EncodeTarget,
  index: number,
): string[] {
  const { numerator, denominator } = target.frameRate;
  const stepped = steppedFrames(frames, target.frameStep);
  const seconds = ((stepped.end - stepped.first) * denominator) / numerator;
  return [
    ...['-map', `[v${index}]`],
    ...videoEncoderArguments(target, grid.gopFrames / target.frameStep, video.hdrMetadata),
    ...['-enc_time_base', `${denominator}/${numerator}`, '-vsync', 'passthrough'],
    ...['-frames:v', String(stepped.end - stepped.first)],
    // Nine times what the cap allows, for ten seconds more: only a broken encoder reaches it.
    ...['-fs', String(Math.ceil((target.capBitsPerSecond * (seconds + 10) * 9) / 8) + 2 ** 20)],
    ...['-video_track_timescale', String(numerator)],
    ...['-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-movflags', '+empty_moov+default_base_moof+frag_keyframe+frag_discont'],
    ...['-avoid_negative_ts', 'disabled', '-flush_packets', '1', '-f', 'mp4'],
  ];
}
