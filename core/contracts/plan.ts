import { z } from 'zod';
import { hdrMetadataSchema } from '#core/contracts/hdr-metadata.js';
import { publicationIdSchema, titleIdSchema } from '#core/contracts/ids.js';
import { rationalSchema } from '#core/contracts/rational.js';
import { videoCodecSchema } from '#core/contracts/upload-settings.js';

/**
 * The segment grid: exact, and the same for every rendition of a publication. Frame k of the full-rate picture is
 * shown at `k * denominator / numerator` seconds; segment s begins at frame `s * segmentFrames`.
 */
export const segmentGridSchema = z.object({
  /** Output frame rate of full-rate rungs. */
  frameRate: rationalSchema,
  /** Frames of the whole title at `frameRate`. */
  frameCount: z.number().int().positive(),
  /** Frames per closed GOP (2 s or the nearest whole number of frames). */
  gopFrames: z.number().int().positive(),
  /** Frames per segment: three GOPs (6 s). */
  segmentFrames: z.number().int().positive(),
  segmentCount: z.number().int().positive(),
});
export type SegmentGrid = z.infer<typeof segmentGridSchema>;

export const videoRangeSchema = z.enum(['SDR', 'PQ', 'HLG']);
export type VideoRange = z.infer<typeof videoRangeSchema>;

/** How to turn this source's picture into the grid's frames: facts from the probe, all that ffmpeg arguments need. */
export const sourceVideoSchema = z.object({
  /** ffmpeg's demuxer, found from the file's magic; `-f` for every run. */
  demuxer: z.string(),
  /** ffmpeg's absolute stream index. */
  streamIndex: z.number().int().nonnegative(),
  decoder: z.string(),
  /** Time stamp (seconds, the file's own time line) that becomes zero. */
  originSeconds: z.number(),
  /** How much later than its packets' times the decoder shows each frame, seconds: AVI stores the order of decoding alone. */
  decodeDelaySeconds: z.number().nonnegative().default(0),
  /** The container's start_time, seconds: input seeks are relative to it. */
  containerStartSeconds: z.number(),
  /** The source's own, before the grid repeats or drops frames. */
  averageFramesPerSecond: z.number().positive(),
  /** Decoded size before rotation, pixels. */
  codedWidth: z.number().int().positive(),
  codedHeight: z.number().int().positive(),
  /** Upright display size in square pixels, even. */
  displayWidth: z.number().int().positive(),
  displayHeight: z.number().int().positive(),
  /** Clockwise turn that makes the picture upright, and a mirror applied after it. */
  rotationDegrees: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
  mirrored: z.boolean(),
  interlaced: z.enum(['no', 'top-first', 'bottom-first']),
  range: videoRangeSchema,
  /** Of an HDR10 source that tells: renditions that keep its range tell it too. */
  hdrMetadata: hdrMetadataSchema.optional(),
  colour: z.object({
    primaries: z.string(),
    transfer: z.string(),
    matrix: z.string(),
    fullRange: z.boolean(),
  }),
  /** Bits a component. */
  bitDepth: z.number().int().positive(),
  /** `indexed`: an index makes seeks land on key frames; `scanned`: look for the key frame first; `none`: read from the start. */
  seeking: z.enum(['indexed', 'scanned', 'none']),
});
export type SourceVideo = z.infer<typeof sourceVideoSchema>;

export const videoRungSchema = z.object({
  /** `{codec}-{height}` or `{codec}-{height}-{n}` where two rungs share a height. */
  renditionId: z.string().regex(/^(h264|hevc|av1)-[0-9]+(-[0-9]+)?$/),
  codec: videoCodecSchema,
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  /** Source frames per rung frame: 2 for half-rate rungs of sources above 30 fps. */
  frameStep: z.union([z.literal(1), z.literal(2)]),
  frameRate: rationalSchema,
  crf: z.number(),
  /** Average to meet, bits per second, instead of `crf`: the rungs of the fixed ladder that reports compare with. */
  targetBitsPerSecond: z.number().int().positive().optional(),
  /** `-maxrate`, bits per second: what the declared BANDWIDTH rests on until it is measured. */
  capBitsPerSecond: z.number().int().positive(),
  bufferBits: z.number().int().positive(),
  encoderPreset: z.string(),
  /** RFC 6381: `avc1.640028`. Calculated; encoders are told its level, and a span that says otherwise is refused. */
  codecString: z.string(),
  /** For `SUPPLEMENTAL-CODECS`, where due. */
  supplementalCodecs: z.string().optional(),
  videoRange: videoRangeSchema,
  /** The planner's estimate of the average, bits per second. */
  expectedBitsPerSecond: z.number().int().positive(),
  /** Upper bound of any segment's bitrate, declared as BANDWIDTH while the title is `playable`. */
  declaredPeakBitsPerSecond: z.number().int().positive(),
  /** Why this rung is here, in words. */
  reason: z.string(),
});
export type VideoRung = z.infer<typeof videoRungSchema>;

export const audioRenditionSchema = z.object({
  /** `{language}-{channels}` or `{language}-{channels}-{n}`. */
  renditionId: z.string().regex(/^[a-z]{2,3}-[0-9]+(-[0-9]+)?$/),
  /** Source stream, ffmpeg's absolute index; null: silence, because the source has no sound. */
  streamIndex: z.number().int().nonnegative().nullable(),
  /** Mono tracks that are its channels together, `streamIndex` the first of them, and their places as ffmpeg names them. */
  channelTracks: z
    .array(
      z.object({ streamIndex: z.number().int().nonnegative(), channel: z.string().regex(/^[A-Z]{2,4}$/) }),
    )
    .min(2)
    .optional(),
  /** BCP 47. */
  language: z.string(),
  name: z.string(),
  channels: z.number().int().positive(),
  /** All of the source's channels mixed by their places, or the first two of many that have none. */
  mix: z.enum(['all', 'first-two']).default('all'),
  sampleRate: z.number().int().positive(),
  bitsPerSecond: z.number().int().positive(),
  codecString: z.string(),
  isDefault: z.boolean(),
  /** Source layout for the down-mix, as ffprobe names it. */
  reason: z.string(),
});
export type AudioRendition = z.infer<typeof audioRenditionSchema>;

export const spanSchema = z.object({
  spanIndex: z.number().int().nonnegative(),
  firstSegment: z.number().int().nonnegative(),
  segmentCount: z.number().int().positive(),
});
export type Span = z.infer<typeof spanSchema>;

/** Rungs of the ladder that were considered and left out, each with its reason. */
export const omittedRungsSchema = z.array(
  z.object({
    codec: videoCodecSchema,
    height: z.number().int(),
    capBitsPerSecond: z.number().int(),
    reason: z.string(),
  }),
);

const currentPlanSchema = z.object({
  schemaVersion: z.literal(2),
  publicationId: publicationIdSchema,
  titleId: titleIdSchema,
  generation: z.number().int().positive(),
  createdAt: z.iso.datetime(),
  source: z.object({ key: z.string(), bytes: z.number().int().nonnegative() }),
  grid: segmentGridSchema,
  video: sourceVideoSchema,
  rungs: z.array(videoRungSchema).min(1),
  omittedRungs: omittedRungsSchema,
  audio: z.array(audioRenditionSchema).min(1),
  spans: z.array(spanSchema).min(1),
  /** What the source was found to be and what was done about it, one sentence each, for people. */
  notes: z.array(z.string()),
  /** The complexity measurement the ladder rests on, as numbers, so that a plan can be explained later. */
  complexity: z.record(z.string(), z.number()),
});
export type Plan = z.infer<typeof currentPlanSchema>;

/**
 * Everything about a publication but the bytes. Written create-only: the first plan of a generation wins. Plans are never
 * rewritten, so parsing accepts those of version 1 too and returns them in the current shape.
 */
export const planSchema = z.preprocess(upgradePlan, currentPlanSchema);

const olderPlanSchema = z.looseObject({
  schemaVersion: z.literal(1),
  picture: z.unknown(),
  audio: z.array(z.looseObject({ channelTracks: z.array(z.looseObject({ place: z.unknown() })).optional() })),
});

/** Version 1 named `video` `picture`, and a channel of `channelTracks` `place`. Anything else is returned unchanged. */
function upgradePlan(stored: unknown): unknown {
  const older = olderPlanSchema.safeParse(stored);
  if (!older.success) return stored;
  const { picture, audio, ...others } = older.data;
  return {
    ...others,
    schemaVersion: 2,
    video: picture,
    audio: audio.map(({ channelTracks, ...rendition }) => ({
      ...rendition,
      ...(channelTracks && {
        channelTracks: channelTracks.map(({ place, ...track }) => ({ ...track, channel: place })),
      }),
    })),
  };
}

/** What publish found in storage: the truth that playlists of a `ready` title declare. */
export const measurementSchema = z.object({
  schemaVersion: z.literal(1),
  publicationId: publicationIdSchema,
  renditions: z.record(
    z.string(),
    z.object({
      /** Bits of all segments over the duration. */
      averageBitsPerSecond: z.number().int().positive(),
      /** Largest bits of one segment over that segment's duration (RFC 8216 4.3.4.2). */
      peakBitsPerSecond: z.number().int().positive(),
      bytes: z.number().int().positive(),
      /** Of the key frames alone; there once the rendition has an I-frame playlist. */
      iframes: z
        .object({
          averageBitsPerSecond: z.number().int().positive(),
          peakBitsPerSecond: z.number().int().positive(),
        })
        .optional(),
    }),
  ),
});
export type Measurement = z.infer<typeof measurementSchema>;
