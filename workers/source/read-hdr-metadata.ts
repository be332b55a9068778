import { z } from 'zod';
import { type HdrMetadata, hdrMetadataSchema } from '#core/contracts/hdr-metadata.js';
import type { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import type { ProbedSource } from '#workers/source/probe-source.js';

const cpuSeconds = 20;
/** Packets that are read: a decoder gives its first frame a few packets late. */
const packets = 4;

type SideData = Record<string, unknown>;

/**
 * HDR10 metadata of a source: from the container where it stands there, else from the first frames. Resolves to undefined
 * where neither tells, or what they tell makes no sense: an HDR picture without it is shown all the same.
 */
export async function readHdrMetadata(
  ffmpeg: Pick<Ffmpeg, 'probe'>,
  path: string,
  { container, video }: Pick<ProbedSource, 'container' | 'video'>,
  signal: AbortSignal,
): Promise<HdrMetadata | undefined> {
  if (video.color_transfer !== 'smpte2084') return undefined;
  const found = await ffmpeg
    .probe({
      path,
      demuxer: container.demuxer,
      options: [
        ...['-select_streams', String(video.index), '-read_intervals', `%+#${packets}`],
        ...['-show_frames', '-show_entries', 'frame=side_data_list', '-of', 'json'],
      ],
      cpuSeconds,
      signal,
    })
    .catch((error: unknown) => {
      if (error instanceof FfmpegError && (error.code === 'exited' || error.code === 'deadline')) return '{}';
      throw error;
    });
  const frames = framesSchema.parse(JSON.parse(found)).frames.flatMap((frame) => frame.side_data_list);
  return hdrMetadataOf([...video.side_data_list, ...frames]);
}

const framesSchema = z.object({
  frames: z
    .array(z.looseObject({ side_data_list: z.array(z.record(z.string(), z.unknown())).default([]) }))
    .default([]),
});

/** The first of each kind that ffprobe names; damaged values count as none. */
export function hdrMetadataOf(sideData: readonly SideData[]): HdrMetadata | undefined {
  const of = (type: string): SideData[] => sideData.filter((data) => data.side_data_type === type);
  const masteringDisplay = firstValid(
    hdrMetadataSchema.shape.masteringDisplay,
    of('Mastering display metadata').map(masteringOf),
  );
  const contentLight = firstValid(
    hdrMetadataSchema.shape.contentLight,
    of('Content light level metadata').map((data) => ({
      maxContent: data.max_content,
      maxFrameAverage: data.max_average,
    })),
  );
  // 0 and 0 is how encoders write that nobody measured.
  const isMeasured = contentLight && contentLight.maxContent > 0;
  if (!masteringDisplay && !isMeasured) return undefined;
  return { ...(masteringDisplay ? { masteringDisplay } : {}), ...(isMeasured ? { contentLight } : {}) };
}

function firstValid<T>(schema: z.ZodType<T>, candidates: readonly unknown[]): T | undefined {
  return candidates.map((candidate) => schema.safeParse(candidate)).find(({ success }) => success)?.data;
}

function masteringOf(data: SideData): unknown {
  const steps = (name: string, perUnit: number): number => Math.round(fraction(data[name]) * perUnit);
  const point = (name: string): unknown => ({ x: steps(`${name}_x`, 50_000), y: steps(`${name}_y`, 50_000) });
  return {
    red: point('red'),
    green: point('green'),
    blue: point('blue'),
    white: point('white_point'),
    maxLuminance: steps('max_luminance', 10_000),
    minLuminance: steps('min_luminance', 10_000),
  };
}

/** ffprobe prints `34000/50000`. */
function fraction(text: unknown): number {
  const [, numerator, denominator] = /^(\d+)\/(\d+)$/.exec(String(text)) ?? [];
  return Number(numerator) / Number(denominator);
}
