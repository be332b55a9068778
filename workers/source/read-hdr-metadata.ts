import { z } from 'zod';
import { type HdrMetadata, hdrMetadataSchema } from '#core/contracts/hdr-metadata.js';
import type { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import type { ProbedSource } from '#workers/source/probe-source.js';

const maxCpuSeconds = 20;
/** A decoder returns its first frame a few packets late. */
const packetsToRead = 4;

type SideData = Record<string, unknown>;

/**
 * Reads the HDR10 metadata of a source: the container's, else that of the first frames. Resolves to undefined
 * if it is missing or invalid; players show HDR video without it.
 */
export async function readHdrMetadata(
  ffmpeg: Pick<Ffmpeg, 'probe'>,
  { path, container, video }: Pick<ProbedSource, 'container' | 'video'> & { path: string },
  signal: AbortSignal,
): Promise<HdrMetadata | undefined> {
  if (video.color_transfer !== 'smpte2084') return undefined;
  const found = await ffmpeg
    .probe({
      path,
      demuxer: container.demuxer,
      priority: 'normal',
      options: [
        ...['-select_streams', String(video.index), '-read_intervals', `%+#${packetsToRead}`],
        ...['-show_frames', '-show_entries', 'frame=side_data_list', '-of', 'json'],
      ],
      cpuSeconds: maxCpuSeconds,
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

/** The first valid entry of each kind in ffprobe's side data. */
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
  // Encoders write zeros for light levels that were not measured.
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

/** ffprobe's `34000/50000`; NaN if `text` is no fraction. */
function fraction(text: unknown): number {
  const [, numerator, denominator] = /^(\d+)\/(\d+)$/.exec(String(text)) ?? [];
  return Number(numerator) / Number(denominator);
}
