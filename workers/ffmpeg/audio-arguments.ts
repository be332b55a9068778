import type { AudioRendition, Plan } from '#core/contracts/plan.js';
import { audioFrameCount, samplesPerAacFrame } from '#core/contracts/segment-grid.js';

export interface AudioArguments {
  filterGraph: string;
  output: string[];
}

/** The AAC encoder puts one frame of priming before the sound (1,024 samples, 21 ms at 48 kHz). */
export const primingFrames = 1;

/**
 * One continuous run for a whole rendition: separately encoded pieces of AAC never join without a gap. The sound is put on
 * the picture's time line (`asetpts` by the title's origin), holes are filled with silence and overlaps cut
 * (`async`), and it ends with the picture. Ends after the priming frame and exactly the frames that the grid wants.
 */
export function audioArguments(
  plan: Pick<Plan, 'grid' | 'picture'>,
  rendition: AudioRendition,
): AudioArguments {
  const frames = audioFrameCount(plan.grid, rendition.sampleRate);
  const samples = frames * samplesPerAacFrame;
  const sound =
    rendition.streamIndex === null
      ? '[0:0]anull'
      : [
          `[0:${rendition.streamIndex}]asetpts=PTS-(${plan.picture.originSeconds.toFixed(6)})/TB`,
          // Before the first sample there is silence, before zero there is nothing.
          `aresample=${rendition.sampleRate}:async=1:min_hard_comp=0.02:first_pts=0`,
          'aformat=channel_layouts=stereo',
          'apad',
        ].join(',');
  return {
    filterGraph: `${sound},atrim=end_sample=${samples},asetpts=N/SR/TB[a]`,
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
  };
}
