import { z } from 'zod';
import { publicationIdSchema, titleIdSchema } from '#core/contracts/ids.js';
import { spanSchema } from '#core/contracts/plan.js';

// Job data is small: the title record and the plan hold everything else, and they are the truth.

const analyseTaskSchema = z.object({
  titleId: titleIdSchema,
  generation: z.number().int().positive(),
});
export type AnalyseTask = z.infer<typeof analyseTaskSchema>;

/** Encodes a span of the plan for the rungs of one codec, and records the facts of its segments. */
const encodeSpanTaskSchema = z.object({
  titleId: titleIdSchema,
  publicationId: publicationIdSchema,
  span: spanSchema,
  renditionIds: z.array(z.string()).min(1),
});
export type EncodeSpanTask = z.infer<typeof encodeSpanTaskSchema>;

/**
 * A demand: encodes one segment of one rendition ahead of the task of its span or, for
 * audio, of its rendition.
 */
const encodeSegmentTaskSchema = z.object({
  titleId: titleIdSchema,
  publicationId: publicationIdSchema,
  segmentIndex: z.number().int().nonnegative(),
  renditionId: z.string(),
  /**
   * Set by origins: goes on into the following segments while a player follows, and ends once nobody waits.
   * Without it, the task encodes its one segment whether anybody waits or not.
   */
  followsPlayers: z.boolean().optional(),
});
export type EncodeSegmentTask = z.infer<typeof encodeSegmentTaskSchema>;

const encodeAudioTaskSchema = z.object({
  titleId: titleIdSchema,
  publicationId: publicationIdSchema,
  renditionId: z.string(),
});
export type EncodeAudioTask = z.infer<typeof encodeAudioTaskSchema>;

/**
 * Encodes a title's first segments for the renditions that players start with, before any player asks. The
 * spans and the audio still have tasks of their own.
 */
const headStartTaskSchema = z.object({
  titleId: titleIdSchema,
  publicationId: publicationIdSchema,
  /** Of video and audio. */
  renditionIds: z.array(z.string()).min(1),
});
export type HeadStartTask = z.infer<typeof headStartTaskSchema>;

/** Compares the title's ladder with the fixed one. People ask for it; no publication waits for it. */
const makeReportTaskSchema = z.object({ titleId: titleIdSchema, publicationId: publicationIdSchema });
export type MakeReportTask = z.infer<typeof makeReportTaskSchema>;

const publishTaskSchema = z.object({ titleId: titleIdSchema, publicationId: publicationIdSchema });
export type PublishTask = z.infer<typeof publishTaskSchema>;

const currentTaskSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('analyse'), data: analyseTaskSchema }),
  z.object({ name: z.literal('encode-span'), data: encodeSpanTaskSchema }),
  z.object({ name: z.literal('encode-segment'), data: encodeSegmentTaskSchema }),
  z.object({ name: z.literal('encode-audio'), data: encodeAudioTaskSchema }),
  z.object({ name: z.literal('head-start'), data: headStartTaskSchema }),
  z.object({ name: z.literal('make-report'), data: makeReportTaskSchema }),
  z.object({ name: z.literal('publish'), data: publishTaskSchema }),
]);

/** A job by its name and data. Parsing accepts the jobs of older releases that may still wait in Redis. */
export const taskSchema = z.preprocess(upgradeTask, currentTaskSchema);
export type Task = z.infer<typeof currentTaskSchema>;

export const taskNames: readonly string[] = currentTaskSchema.options.map(({ shape }) => shape.name.value);

const olderDemandSchema = z.object({
  name: z.literal('encode-span'),
  data: encodeSpanTaskSchema.extend({ demand: z.literal(true) }),
});

/** A demand used to be an `encode-span` of one segment and one rendition. Returns anything else unchanged. */
function upgradeTask(queued: unknown): unknown {
  const older = olderDemandSchema.safeParse(queued);
  if (!older.success) return queued;
  const { titleId, publicationId, span, renditionIds } = older.data.data;
  return {
    name: 'encode-segment',
    data: { titleId, publicationId, segmentIndex: span.firstSegment, renditionId: renditionIds[0] },
  };
}

/** What a stored segment holds. Its span's task writes it; publish reads it instead of the segment. */
const segmentFactsSchema = z.object({
  segmentIndex: z.number().int().nonnegative(),
  bytes: z.number().int().positive(),
  /** Frames of the rung. */
  frames: z.number().int().positive(),
  /** Byte range of each key frame with its `moof`, inside the segment. */
  keyFrames: z.array(z.object({ offsetBytes: z.number().int(), lengthBytes: z.number().int().positive() })),
});
export type SegmentFacts = z.infer<typeof segmentFactsSchema>;

/** Facts of every segment of a span, in order. */
export const spanFactsSchema = z.array(segmentFactsSchema);
