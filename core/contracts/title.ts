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

/** States that nothing leads out of but a new generation or a deletion. */
export const terminalStates: ReadonlySet<TitleState> = new Set(['ready', 'failed', 'deleted']);

const timestampSchema = z.iso.datetime();

export const titleRecordSchema = z.object({
  schemaVersion: z.literal(1),
  titleId: titleIdSchema,
  name: z.string().min(1).max(200),
  state: titleStateSchema,
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
  /** When the title entered each state it has been in. */
  enteredAt: z.partialRecord(titleStateSchema, timestampSchema),
  /** Which encode of this title is current, from 1. Fixes the publication id. */
  generation: z.number().int().positive(),
  settings: uploadSettingsSchema,
  source: z.object({
    /** Storage key of the uploaded bytes. */
    key: z.string(),
    /** As the uploader named it: shown, never used as a path. */
    fileName: z.string().max(255),
    bytes: z.number().int().nonnegative(),
  }),
  /** Set once the plan stands (state `playable` and after). */
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
  /** CPU time of all ffmpeg work for this title so far, seconds (user and system, from the kernel's accounting). */
  cpuSeconds: z.number().nonnegative().default(0),
});
export type TitleRecord = z.infer<typeof titleRecordSchema>;
