import { z } from 'zod';
import { hdrMetadataSchema } from '#core/contracts/hdr-metadata.js';
import { publicationIdSchema, titleIdSchema } from '#core/contracts/ids.js';
import { rationalSchema } from '#core/contracts/rational.js';
import { videoCodecSchema } from '#core/contracts/upload-settings.js';

/**
 * The segment grid: exact, and the same for every rendition of a publication. Frame k of the full-rate video
 * is shown at `k * denominator / numerator` seconds; segment s begins at frame `s * segmentFrames`.
 */
const segmentGridSchema = z.object({
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

const videoRangeSchema = z.enum(['SDR', 'PQ', 'HLG']);
export type VideoRange = z.infer<typeof videoRangeSchema>;

/** Facts from the probe that ffmpeg's arguments need to turn the source's video into the grid's frames. */
const sourceVideoSchema = z.object({
  /** ffmpeg's demuxer, from the file's magic number; `-f` for every run. */
  demuxer: z.string(),
  /** ffmpeg's absolute stream index. */
  streamIndex: z.number().int().nonnegative(),
  decoder: z.string(),
  /** Timestamp of the file that becomes zero, seconds. */
  originSeconds: z.number(),
  /**
   * Delay between a packet's timestamp and its decoded frame's, seconds. Above 0 for containers without
   * presentation timestamps, such as AVI, when the codec reorders frames.
   */
  decodeDelaySeconds: z.number().nonnegative().default(0),
  /** The container's start_time, seconds; input seeks are relative to it. */
  containerStartSeconds: z.number(),
  /** Of the source, before the grid repeats or drops frames. */
  averageFramesPerSecond: z.number().positive(),
  /** Decoded size before rotation, pixels. */
  codedWidth: z.number().int().positive(),
  codedHeight: z.number().int().positive(),
  /** Display size after rotation, in square pixels; both even. */
  displayWidth: z.number().int().positive(),
  displayHeight: z.number().int().positive(),
  /** Clockwise rotation that makes frames upright. `mirrored` flips them after it. */
  rotationDegrees: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
  mirrored: z.boolean(),
  interlaced: z.enum(['no', 'top-first', 'bottom-first']),
  range: videoRangeSchema,
  /** Of an HDR10 source that declares it; renditions that keep the range declare it too. */
  hdrMetadata: hdrMetadataSchema.optional(),
  colour: z.object({
    primaries: z.string(),
    transfer: z.string(),
    matrix: z.string(),
    fullRange: z.boolean(),
  }),
  /** Bits per component. */
  bitDepth: z.number().int().positive(),
  /**
   * Whether the first frames carry CEA-608 or CEA-708 captions, which the encoders keep. Undefined if the
   * plan is older than this field.
   */
  hasClosedCaptions: z.boolean().optional(),
  /**
   * `indexed`: seeks land on key frames. `scanned`: find the key frame first. `none`: read from the start.
   */
  seeking: z.enum(['indexed', 'scanned', 'none']),
});
export type SourceVideo = z.infer<typeof sourceVideoSchema>;

/** What one video encoder makes of the grid's frames: size, rate and settings. */
const encodeTargetSchema = z.object({
  codec: videoCodecSchema,
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  /** Full-rate frames per encoded frame: 2 for half-rate rungs of sources above 30 fps. */
  frameStep: z.union([z.literal(1), z.literal(2)]),
  frameRate: rationalSchema,
  /** On the codec's own scale. */
  crf: z.number(),
  /** `-maxrate`, bits per second. */
  capBitsPerSecond: z.number().int().positive(),
  /** `-bufsize`, bits. */
  bufferBits: z.number().int().positive(),
  encoderPreset: z.string(),
  /** RFC 6381: `avc1.640028`. Encoders get its level; a span with another codec string is refused. */
  codecString: z.string(),
  videoRange: videoRangeSchema,
});
export type EncodeTarget = z.infer<typeof encodeTargetSchema> & {
  /** Average bitrate to meet, bits per second; replaces `crf`. The fixed ladder uses it, plans do not. */
  targetBitsPerSecond?: number;
};

/** An encode target of a publication, with what its playlists declare and why it is there. */
export const videoRungSchema = encodeTargetSchema.extend({
  /** `{codec}-{height}` or `{codec}-{height}-{n}` if two rungs share a height. */
  renditionId: z.string().regex(/^(h264|hevc|av1)-[0-9]+(-[0-9]+)?$/),
  /** `SUPPLEMENTAL-CODECS`, if the rung has one. */
  supplementalCodecs: z.string().optional(),
  /** The planner's estimate of the average, bits per second. */
  expectedBitsPerSecond: z.number().int().positive(),
  /** Upper bound of any segment's bitrate, declared as BANDWIDTH while the title is `playable`. */
  declaredPeakBitsPerSecond: z.number().int().positive(),
  /** Why the ladder has this rung, for people. */
  reason: z.string(),
});
export type VideoRung = z.infer<typeof videoRungSchema>;

export const audioRenditionSchema = z.object({
  /** `{language}-{channels}` or `{language}-{channels}-{n}`. */
  renditionId: z.string().regex(/^[a-z]{2,3}-[0-9]+(-[0-9]+)?$/),
  /** ffmpeg's absolute stream index; null for silence, when the source has no audio. */
  streamIndex: z.number().int().nonnegative().nullable(),
  /** Mono tracks that form the channels, by ffmpeg's channel names. `streamIndex` is the first of them. */
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
  /** `all`: down-mix of the channel layout. `first-two`: the first two of many channels without a layout. */
  mix: z.enum(['all', 'first-two']).default('all'),
  sampleRate: z.number().int().positive(),
  bitsPerSecond: z.number().int().positive(),
  codecString: z.string(),
  isDefault: z.boolean(),
  /** Why the rendition is made of these tracks, for people. */
  reason: z.string(),
});
export type AudioRendition = z.infer<typeof audioRenditionSchema>;

export const spanSchema = z.object({
  spanIndex: z.number().int().nonnegative(),
  firstSegment: z.number().int().nonnegative(),
  segmentCount: z.number().int().positive(),
});
export type Span = z.infer<typeof spanSchema>;

/** Consecutive segments, whether a span of the plan or one segment. */
export type SegmentRange = Omit<Span, 'spanIndex'>;

/** Rungs that the planner considered and omitted, each with its reason. */
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
  /** What the probe found and what encoding does about it, a sentence each, for people. */
  notes: z.array(z.string()),
  /** The complexity measurement behind the ladder, kept to explain the plan later. */
  complexity: z.record(z.string(), z.number()),
});
export type Plan = z.infer<typeof currentPlanSchema>;

/**
 * Everything about a publication except its bytes. Written create-only: the first plan of a generation wins.
 * Plans are never rewritten, so parsing accepts version 1 too and returns the current shape.
 */
export const planSchema = z.preprocess(upgradePlan, currentPlanSchema);

const olderPlanSchema = z.looseObject({
  schemaVersion: z.literal(1),
  picture: z.unknown(),
  audio: z.array(z.looseObject({ channelTracks: z.array(z.looseObject({ place: z.unknown() })).optional() })),
});

/** Renames version 1's `picture` to `video` and `place` to `channel`. Returns anything else unchanged. */
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

/** Bitrates that publish measured in storage; the playlists of a `ready` title declare them. */
export const measurementSchema = z.object({
  schemaVersion: z.literal(1),
  publicationId: publicationIdSchema,
  renditions: z.record(
    z.string(),
    z.object({
      /** Bits of all segments divided by the duration. */
      averageBitsPerSecond: z.number().int().positive(),
      /** Peak segment bit rate (RFC 8216, 4.3.4.2). */
      peakBitsPerSecond: z.number().int().positive(),
      bytes: z.number().int().positive(),
      /** Of the key frames alone; present once the rendition has an I-frame playlist. */
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
