import type { AudioRendition, Plan, SegmentGrid } from '#core/contracts/plan.js';
import {
  audioFrameCount,
  type FrameRange,
  gridSeconds,
  samplesPerAacFrame,
} from '#core/contracts/segment-grid.js';
import { seekTo } from '#workers/ffmpeg/span-arguments.js';

/** Audio in a file, and how it gets onto the title's timeline. */
export interface AudioSource extends Pick<AudioRendition, 'mix' | 'channelTracks'> {
  /** ffmpeg's absolute index; of the first track if `channelTracks` is set. */
  streamIndex: number;
  /** Timestamp of the file that becomes zero, seconds. */
  originSeconds: number;
  /** Timestamps that are off by less than this come from rounding and are ignored, seconds. */
  minGapSeconds: number;
}

/** What the AAC encoder makes. */
export type AudioTarget = Pick<AudioRendition, 'sampleRate' | 'channels' | 'bitsPerSecond'>;

export interface AudioArguments {
  filterGraph: string;
  output: string[];
  /** Upper bound of the output's size per second of audio. */
  bytesPerSecond: number;
}

/** Frames of silence that the AAC encoder puts first: one frame, 21 ms at 48 kHz. */
export const primingFrames = 1;

/** Format of the file that `gaplessAudioArguments` writes: NUT keeps timestamps exact to the sample. */
export const gaplessAudioFormat = 'nut';

/** The audio in that file. */
export const gaplessAudioSource: AudioSource = {
  streamIndex: 0,
  originSeconds: 0,
  mix: 'all',
  // Joints between formats leave gaps of a few milliseconds.
  minGapSeconds: 0.005,
};

const bytesPerStereoSample = 4;
/**
 * Read before the second at which a run's filters begin. Covers decoders' start and containers whose seeks
 * land late; decoding it costs milliseconds.
 */
const seekMarginSeconds = 4;

/** Finds a rendition's audio in the title's source; undefined for a rendition of silence. */
export function audioSourceOf(
  { video }: Pick<Plan, 'video'>,
  rendition: AudioRendition,
): AudioSource | undefined {
  const { streamIndex, channelTracks, mix } = rendition;
  if (streamIndex === null) return undefined;
  return {
    streamIndex,
    ...(channelTracks ? { channelTracks } : {}),
    mix,
    originSeconds: video.originSeconds,
    // Containers round timestamps to as much as 10 ms.
    minGapSeconds: 0.02,
  };
}

/**
 * Decodes a track whose channels or sample rate change midway. ffmpeg restarts its filters there, so they
 * must hold no samples from before the change. Writes PCM of one format with every sample at its time on the
 * title's timeline.
 */
export function gaplessAudioArguments(
  grid: SegmentGrid,
  source: AudioSource,
  sampleRate: number,
): AudioArguments {
  const graph = [
    ...timedFilters(source, source.streamIndex),
    `aresample=${sampleRate}`,
    'aformat=sample_fmts=s16:channel_layouts=stereo',
    `atrim=start=0:end=${gridSeconds(grid).toFixed(6)}[a]`,
  ];
  return {
    filterGraph: graph.join(','),
    output: ['-map', '[a]', '-c:a', 'pcm_s16le', '-map_metadata', '-1', '-f', gaplessAudioFormat],
    bytesPerSecond: 2 * bytesPerStereoSample * sampleRate,
  };
}

/**
 * Encodes a rendition, or the AAC frames of it that lie in `frames`. The result is the priming frame and then
 * exactly these frames of the grid: the rendition starts at zero, silence fills the gaps, overlaps are
 * dropped, and it ends with the video. Without a source, input 0 must be generated silence.
 */
export function audioArguments(
  grid: SegmentGrid,
  source: AudioSource | undefined,
  { sampleRate, channels, bitsPerSecond }: AudioTarget,
  frames: FrameRange = { first: 0, end: audioFrameCount(grid, sampleRate) },
): AudioArguments {
  const samples = (frames.end - frames.first) * samplesPerAacFrame;
  const startSeconds = graphStartSeconds(frames, sampleRate);
  const firstSample = source ? frames.first * samplesPerAacFrame - startSeconds * sampleRate : 0;
  const range = `${firstSample === 0 ? '' : `start_sample=${firstSample}:`}end_sample=${firstSample + samples}`;
  const maxBytes = Math.ceil((bitsPerSecond * samples * 3) / 8 / sampleRate) + 2 ** 20;
  return {
    filterGraph: `${endlessGraph(source, sampleRate, startSeconds)},atrim=${range},asetpts=N/SR/TB[a]`,
    output: [
      ...['-map', '[a]', '-c:a', 'aac', '-profile:a', 'aac_low', '-b:a', String(bitsPerSecond)],
      ...['-ar', String(sampleRate), '-ac', String(channels)],
      ...['-map_metadata', '-1', '-map_chapters', '-1'],
      ...['-t', ((samples + samplesPerAacFrame) / sampleRate + 1).toFixed(3)],
      ...['-fs', String(maxBytes)],
      ...['-movflags', '+empty_moov+default_base_moof', '-frag_duration', '1000000'],
      ...['-flush_packets', '1', '-f', 'mp4'],
    ],
    bytesPerSecond: bitsPerSecond,
  };
}

/**
 * Where to start reading for a run that begins at AAC frame `firstFrame`, as ffmpeg's `-ss`. Undefined to
 * read from the beginning.
 */
export function audioSeekSeconds(
  { video }: Pick<Plan, 'video'>,
  firstFrame: number,
  sampleRate: number,
): number | undefined {
  const startSeconds = graphStartSeconds({ first: firstFrame }, sampleRate);
  return startSeconds === 0 ? undefined : seekTo(video, startSeconds - seekMarginSeconds);
}

/**
 * Second of the title's timeline at which the filters of a run begin. It is whole, so that sources and
 * renditions of any rates have a sample there, and resamplers are in the same phase as those of a run from
 * zero. At least a second before the first frame, so that they hold samples from before it.
 */
function graphStartSeconds({ first }: Pick<FrameRange, 'first'>, sampleRate: number): number {
  return Math.max(0, Math.floor((first * samplesPerAacFrame) / sampleRate) - 1);
}

/** Stereo from `startSeconds` on, without gaps and without an end. */
function endlessGraph(source: AudioSource | undefined, sampleRate: number, startSeconds: number): string {
  if (!source) return '[0:0]anull';
  // `async` fills gaps and drops overlaps; `first_pts=0` pads or trims the start.
  const even = `aresample=${sampleRate}:async=1:min_hard_comp=${source.minGapSeconds}:first_pts=0`;
  const toStereo = 'aformat=channel_layouts=stereo';
  const { channelTracks } = source;
  // After the rounding of `timedFilters`, so that it stays the same wherever a run begins.
  const shift = startSeconds === 0 ? [] : [`asetpts=round(PTS-${startSeconds}/TB)`, 'atrim=start=0'];
  if (!channelTracks)
    return [...timedFilters(source, source.streamIndex), ...shift, even, toStereo, 'apad'].join(',');
  const chains = channelTracks.map((track, channel) =>
    [...timedFilters(source, track.streamIndex), ...shift, even, `apad[c${channel}]`].join(','),
  );
  const inputs = channelTracks.map((_, channel) => `[c${channel}]`).join('');
  const layout = channelTracks.map(({ channel }) => channel).join('+');
  const map = channelTracks.map(({ channel }, index) => `${index}.0-${channel}`).join('|');
  const joined = `${inputs}join=inputs=${chains.length}:channel_layout=${layout}:map=${map}`;
  return [...chains, `${joined},${toStereo}`].join(';');
}

/** One track with its samples at their times on the title's timeline. */
function timedFilters({ originSeconds, mix }: AudioSource, streamIndex: number): string[] {
  const timed = `[0:${streamIndex}]asetpts=PTS-(${originSeconds.toFixed(6)})/TB`;
  return mix === 'all' ? [timed] : [timed, 'pan=stereo|c0=c0|c1=c1'];
}
