import type { AudioRendition, Plan } from '#core/contracts/plan.js';
import { audioFrameCount, gridSeconds, samplesPerAacFrame } from '#core/contracts/segment-grid.js';

export interface AudioArguments {
  filterGraph: string;
  output: string[];
  /** The most that a second of the output takes. */
  bytesPerSecond: number;
}

/** The AAC encoder puts one frame of priming before the sound (1,024 samples, 21 ms at 48 kHz). */
export const primingFrames = 1;

/** The track's samples at their times on the picture's time line. */
function audioOnTimeline(
  plan: Pick<Plan, 'video'>,
  { mix }: Pick<AudioRendition, 'mix'>,
  streamIndex: number,
): string[] {
  const timed = `[0:${streamIndex}]asetpts=PTS-(${plan.video.originSeconds.toFixed(6)})/TB`;
  return mix === 'all' ? [timed] : [timed, 'pan=stereo|c0=c0|c1=c1'];
}

/**
 * Only decodes: for tracks whose channels or sample rate change on the way, where ffmpeg begins its filters anew and they
 * must hold nothing of what came before. Writes PCM of one format, each sample at its time on the picture's time line.
 */
export function gaplessAudioArguments(
  plan: Pick<Plan, 'grid' | 'video'>,
  rendition: AudioRendition & { streamIndex: number },
): AudioArguments {
  const graph = [
    ...audioOnTimeline(plan, rendition, rendition.streamIndex),
    `aresample=${rendition.sampleRate}`,
    'aformat=sample_fmts=s16:channel_layouts=stereo',
    `atrim=start=0:end=${gridSeconds(plan.grid).toFixed(6)}[a]`,
  ];
  return {
    filterGraph: graph.join(','),
    output: ['-map', '[a]', '-c:a', 'pcm_s16le', '-map_metadata', '-1', '-f', gaplessAudioFormat],
    bytesPerSecond: 2 * bytesPerStereoSample * rendition.sampleRate,
  };
}

/** Keeps every time to the sample. */
export const gaplessAudioFormat = 'nut';
/** Joints leave small gaps. */
export const gaplessAudioGapSeconds = 0.005;
const bytesPerStereoSample = 4;

/** The rendition's sound without an end, from zero on and without holes. */
function evenlyTimed(plan: Pick<Plan, 'video'>, rendition: AudioRendition, minGapSeconds: number): string {
  const { streamIndex, channelTracks, sampleRate } = rendition;
  if (streamIndex === null) return '[0:0]anull';
  // Before the first sample there is silence, before zero there is nothing.
  const even = `aresample=${sampleRate}:async=1:min_hard_comp=${minGapSeconds}:first_pts=0`;
  const toStereo = 'aformat=channel_layouts=stereo';
  if (!channelTracks)
    return [...audioOnTimeline(plan, rendition, streamIndex), even, toStereo, 'apad'].join(',');
  const chains = channelTracks.map((track, channel) =>
    [...audioOnTimeline(plan, rendition, track.streamIndex), even, `apad[c${channel}]`].join(','),
  );
  const inputs = channelTracks.map((_, channel) => `[c${channel}]`).join('');
  const layout = channelTracks.map(({ channel }) => channel).join('+');
  const map = channelTracks.map(({ channel }, index) => `${index}.0-${channel}`).join('|');
  const joined = `${inputs}join=inputs=${chains.length}:channel_layout=${layout}:map=${map}`;
  return [...chains, `${joined},${toStereo}`].join(';');
}

/**
 * One continuous run for a whole rendition: separately encoded pieces of AAC never join without a gap. The sound is put on
 * the picture's time line (`asetpts` by the title's origin), holes are filled with silence and overlaps cut
 * (`async`, from `leastGapSeconds` on: clocks are coarse), and it ends with the picture. Ends after the priming frame and exactly the frames that the grid wants.
 */
export function audioArguments(
  plan: Pick<Plan, 'grid' | 'video'>,
  rendition: AudioRendition,
  minGapSeconds = 0.02,
): AudioArguments {
  const frames = audioFrameCount(plan.grid, rendition.sampleRate);
  const samples = frames * samplesPerAacFrame;
  return {
    filterGraph: `${evenlyTimed(plan, rendition, minGapSeconds)},atrim=end_sample=${samples},asetpts=N/SR/TB[a]`,
    output: [
      ...['-map', '[a]', '-c:a', 'aac', '-profile:a', 'aac_low', '-b:a', String(rendition.bitsPerSecond)],
      ...['-ar', String(rendition.sampleRate), '-ac', String(rendition.channels)],
      ...['-map_metadata', '-1', '-map_chapters', '-1'],
      ...['-t', ((samples + samplesPerAacFrame) / rendition.sampleRate + 1).toFixed(3)],
      ...[
        '-fs',
        String(Math.ceil((rendition.bitsPerSecond * samples * 3) / 8 / rendition.sampleRate) + 2 ** 20),
      ],
      ...['-movflags', '+empty_moov+default_base_moof', '-frag_duration', '1000000'],
      ...['-flush_packets', '1', '-f', 'mp4'],
    ],
    bytesPerSecond: rendition.bitsPerSecond,
  };
}
