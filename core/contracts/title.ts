import { z } from 'zod';
import { failureSchema } from '#core/contracts/failure.js';
import { publicationIdSchema, titleIdSchema } from '#core/contracts/ids.js';
import { rationalSchema } from '#core/contracts/rational.js';
import { uploadSettingsSchema } from '#core/contracts/upload-settings.js';

/** A title's life: `uploading → queued → analysing → playable → ready`, or `failed`, or `deleted`. */
export const titleStateSchema = z.enum([
  'uploading',
  'queued',
  'analysing',
  'playable',
  'ready',
  'failed',
  'deleted',
]);
export type TitleState = z.infer<typeof titleStateSchema>;

/**
 * States that a title leaves only by a new generation or a deletion, or once, from `failed`, if an outage may
 * have failed it: see `mayBeOutage`.
 */
export const terminalStates: ReadonlySet<TitleState> = new Set(['ready', 'failed', 'deleted']);

const timestampSchema = z.iso.datetime();

export const titleRecordSchema = z.object({
  schemaVersion: z.literal(1),
  titleId: titleIdSchema,
  name: z.string().min(1).max(200),
  state: titleStateSchema,
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
  /** When the title last entered each state. */
  enteredAt: z.partialRecord(titleStateSchema, timestampSchema),
  /** Number of the current encode of this title, from 1. Determines the publication id. */
  generation: z.number().int().positive(),
  settings: uploadSettingsSchema,
  source: z.object({
    /** Storage key of the uploaded bytes. */
    key: z.string(),
    /** Name given by the uploader. Displayed only, never used as a path. */
    fileName: z.string().max(255),
    bytes: z.number().int().nonnegative(),
    /** Upload-Metadata of a tus upload, for its HEAD. */
    uploadMetadata: z.string().optional(),
  }),
  /** Set once the plan is stored (state `playable` and later). */
  publication: z
    .object({
      publicationId: publicationIdSchema,
      durationSeconds: z.number().positive(),
      width: z.number().int().positive(),
      height: z.number().int().positive(),
      frameRate: rationalSchema,
      segmentCount: z.number().int().positive(),
      renditionIds: z.array(z.string()),
    })
    .optional(),
  chapters: z
    .array(z.object({ startSeconds: z.number(), endSeconds: z.number(), name: z.string() }))
    .optional(),
  /** Set when state is `failed`. */
  failure: failureSchema.optional(),
  /** When the reconciler put the title back to work after a failure that may have been an outage: once. */
  resumedAt: timestampSchema.optional(),
  /** CPU time of all ffmpeg runs for this title so far: user plus system, in seconds. */
  cpuSeconds: z.number().nonnegative().default(0),
});
export type TitleRecord = z.infer<typeof titleRecordSchema>;
