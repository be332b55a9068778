import { z } from 'zod';

/** A number that ffprobe prints as text; `N/A` and anything else that is no number counts as absent. */
const numeric = z
  .union([z.string(), z.number()])
  .transform((value) => Number(value))
  .transform((value) => (Number.isFinite(value) ? value : undefined))
  .optional();

const disposition = z.record(z.string(), z.number()).default({});
const tags = z.record(z.string(), z.string()).default({});

export const probedStreamSchema = z.object({
  index: z.number().int().nonnegative(),
  /** Track number in the container, such as `0x1`. */
  id: z.string().optional(),
  /** Not from ffprobe: whether the container's own boxes declare the track encrypted. */
  isProtected: z.boolean().default(false),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  codec_tag_string: z.string().optional(),
  profile: z.union([z.string(), z.number()]).optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  sample_aspect_ratio: z.string().optional(),
  pix_fmt: z.string().optional(),
  color_range: z.string().optional(),
  color_space: z.string().optional(),
  color_transfer: z.string().optional(),
  color_primaries: z.string().optional(),
  field_order: z.string().optional(),
  has_b_frames: z.number().optional(),
  /** 1 if ffprobe found CEA-608 or CEA-708 captions in the first frames. */
  closed_captions: z.number().optional(),
  r_frame_rate: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  time_base: z.string().optional(),
  start_time: numeric,
  duration: numeric,
  duration_ts: numeric,
  nb_frames: numeric,
  /** Only if ffprobe was asked to count packets. */
  nb_read_packets: numeric,
  bits_per_raw_sample: numeric,
  /** Absent if no decoder is available for the audio. */
  sample_fmt: z.string().optional(),
  sample_rate: numeric,
  channels: z.number().optional(),
  channel_layout: z.string().optional(),
  disposition,
  tags,
  side_data_list: z.array(z.looseObject({ side_data_type: z.string().optional() })).default([]),
});
export type ProbedStream = z.infer<typeof probedStreamSchema>;

/** Tracks that belong together; a transport stream may hold several programs. */
const program = z.object({ streams: z.array(z.object({ index: z.number() })).default([]) });

/**
 * The output of ffprobe's `-show_format -show_streams -show_programs -show_chapters -of json`. Lenient:
 * headers hold any value, and only the values that are used have to make sense.
 */
export const probeReportSchema = z
  .object({
    streams: z.array(probedStreamSchema).default([]),
    programs: z.array(program).default([]),
    chapters: z.array(z.object({ start_time: numeric, end_time: numeric, tags })).default([]),
    format: z
      .object({ start_time: numeric, duration: numeric, tags })
      .default({ start_time: undefined, duration: undefined, tags: {} }),
  })
  .transform(withoutUnknownDurations);
export type ProbeReport = z.infer<typeof probeReportSchema>;

/**
 * An MP4 header's value for an unknown duration (ISO/IEC 14496-12 8.4.2.3); ffprobe prints it as a number of
 * ticks.
 */
const unknownTicks = 0xffff_ffff;

interface Durations {
  streams: ProbedStream[];
  format: { duration?: number | undefined };
}

/** Removes unknown durations; the container's duration becomes the longest one that a track declares. */
function withoutUnknownDurations<Report extends Durations>(report: Report): Report {
  if (!report.streams.some(({ duration_ts }) => duration_ts === unknownTicks)) return report;
  const streams = report.streams.map((stream) =>
    stream.duration_ts === unknownTicks ? { ...stream, duration: undefined } : stream,
  );
  const known = streams.flatMap(({ duration }) => duration ?? []);
  const duration = known.length === 0 ? undefined : Math.max(...known);
  return { ...report, streams, format: { ...report.format, duration } };
}
