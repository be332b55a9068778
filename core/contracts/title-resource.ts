import { z } from 'zod';
import { failureSchema } from '#core/contracts/failure.js';
import { titleIdSchema } from '#core/contracts/ids.js';
import { titleRecordSchema, titleStateSchema } from '#core/contracts/title.js';

/** Progress of a title: published on Redis, and sent to clients as server-sent events. */
export const progressEventSchema = z.object({
  titleId: titleIdSchema,
  state: titleStateSchema,
  /** Segments stored over all renditions, of `segmentsTotal`. Both are 0 before the plan is stored. */
  segmentsStored: z.number().int().nonnegative(),
  segmentsTotal: z.number().int().nonnegative(),
  failure: failureSchema.optional(),
  at: z.iso.datetime(),
});
export type ProgressEvent = z.infer<typeof progressEventSchema>;

const progressSchema = progressEventSchema.pick({ segmentsStored: true, segmentsTotal: true });

/** A title in the encoder's API (`GET /v1/titles/{titleId}`). */
export const titleResourceSchema = titleRecordSchema.omit({ schemaVersion: true, source: true }).extend({
  source: titleRecordSchema.shape.source.omit({ key: true }),
  progress: progressSchema,
  /** Page on which the title is watched. */
  pageUrl: z.url(),
  /** The multivariant playlist; set once the title is `playable` or `ready`. */
  playlistUrl: z.url().optional(),
});
export type TitleResource = z.infer<typeof titleResourceSchema>;

/** Entry of a title whose record cannot be read. It can be deleted, nothing else. */
export const damagedTitleSchema = z.object({
  titleId: titleIdSchema,
  state: z.literal('damaged'),
  /** Shown instead of the title's name, which is lost. */
  name: z.string(),
  /** From the title's id. */
  createdAt: z.iso.datetime(),
  damage: z.object({
    /**
     * `not_json` and `invalid`: the stored bytes are no title record. `other_version`: another release wrote
     * them. `unreadable`: storage answers, but cannot read this object.
     */
    code: z.enum(['not_json', 'invalid', 'other_version', 'unreadable']),
    message: z.string(),
  }),
});
export type DamagedTitle = z.infer<typeof damagedTitleSchema>;

export const titleListSchema = z.object({
  titles: z.array(z.union([titleResourceSchema, damagedTitleSchema])),
  /** Pass as `?cursor=` for the next page; absent on the last. */
  nextCursor: z.string().optional(),
});
export type TitleListEntry = TitleResource | DamagedTitle;
export type TitleList = z.infer<typeof titleListSchema>;

/** The public part of a title: delivery's `GET /titles/{titleId}`, which the pages read. */
export const titleSummarySchema = titleResourceSchema
  .pick({
    titleId: true,
    name: true,
    createdAt: true,
    failure: true,
    progress: true,
    playlistUrl: true,
  })
  .extend({
    /** `damaged`: the title's record cannot be read. */
    state: z.enum([...titleStateSchema.options, 'damaged']),
    durationSeconds: z.number().positive().optional(),
    width: z.number().int().positive().optional(),
    height: z.number().int().positive().optional(),
  });
export type TitleSummary = z.infer<typeof titleSummarySchema>;

export const titleSummaryListSchema = z.object({
  titles: z.array(titleSummarySchema),
  nextCursor: z.string().optional(),
});
export type TitleSummaryList = z.infer<typeof titleSummaryListSchema>;
