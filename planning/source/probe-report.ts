import { z } from 'zod';

/** Numbers that ffprobe prints as text; `N/A` and nonsense count as absent. */
const numeric = z
  .union([z.string(), z.number()])
  .transform((value) => Number(value))
  .transform((value) => (Number.isFinite(value) ? value : undefined))
  .optional();

const disposition = z.record(z.string(), z.number()).default({});
const tags = z.record(z.string(), z.string()).default({});

export const probedStreamSchema = z.object({
  index: z.number().int().nonnegative(),
  /** The container's own number of the track, such as `0x1`. */
  id: z.string().optional(),
  /** Not in ffprobe's report: what the container itself says of encryption. */
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
  r_frame_rate: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  time_base: z.string().optional(),
  start_time: numeric,
  duration: numeric,
  duration_ts: numeric,
  nb_frames: numeric,
  /** Where they were counted. */
  nb_read_packets: numeric,
  bits_per_raw_sample: numeric,
  /** Absent where nothing here decodes the sound. */
  sample_fmt: z.string().optional(),
  sample_rate: numeric,
  channels: z.number().optional(),
  channel_layout: z.string().optional(),
  disposition,
  tags,
  side_data_list: z.array(z.looseObject({ side_data_type: z.string().optional() })).default([]),
});
export type ProbedStream = z.infer<typeof probedStreamSchema>;

/** Tracks that belong together: a transport stream may hold several programs. */
const program = z.object({ streams: z.array(z.object({ index: z.number() })).default([]) });

/** ffprobe's `-show_format -show_streams -show_programs -show_chapters -of json`, read leniently: files say the strangest things. */
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

/** "Cannot be determined" in an MP4 header (ISO/IEC 14496-12 8.4.2.3), which ffprobe shows as so many ticks. */
const unknownTicks = 0xffff_ffff;

interface Durations {
  streams: ProbedStream[];
  format: { duration?: number | undefined };
}

/** The container's duration is then only that of the tracks that tell one. */
function withoutUnknownDurations<Report extends Durations>(report: Report): Report {
  if (!report.streams.some(({ duration_ts }) => duration_ts === unknownTicks)) return report;
  const streams = report.streams.map((stream) =>
    stream.duration_ts === unknownTicks ? { ...stream, duration: undefined } : stream,
  );
  const known = streams.flatMap(({ duration }) => duration ?? []);
  const duration = known.length === 0 ? undefined : Math.max(...known);
  return { ...report, streams, format: { ...report.format, duration } };
}

/** What the last packets of the picture's stream say, on the file's own time line. */
export interface PacketTail {
  /** End of the last shown frame, seconds: its time stamp and its duration. */
  endSeconds: number;
  /** When the last frame is shown, seconds. */
  lastShownSeconds: number;
  /** Frames a second over the packets that were read; undefined where there are too few to tell. */
  framesPerSecond: number | undefined;
  /** Longest pause between two frames, seconds, where all packets were read. */
  maxGapSeconds?: number;
  /** How far the clock jumps back at most, seconds, among the packets that were read. */
  maxStepBackSeconds?: number;
  /** When each frame is shown, where all packets were read. */
  shownSeconds?: Float64Array;
}
