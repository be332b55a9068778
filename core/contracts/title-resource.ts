import { z } from 'zod';
import { progressEventSchema } from '#core/contracts/progress.js';
import { titleRecordSchema } from '#core/contracts/title.js';

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

export const titleListSchema = z.object({
  titles: z.array(titleResourceSchema),
  /** Pass as `?cursor=` for the next page; absent on the last. */
  nextCursor: z.string().optional(),
});
export type TitleList = z.infer<typeof titleListSchema>;

/** The public part of a title: delivery's `GET /titles/{titleId}`, which the pages read. */
export const titleSummarySchema = titleResourceSchema
  .pick({
    titleId: true,
    name: true,
    state: true,
    createdAt: true,
    failure: true,
    progress: true,
    playlistUrl: true,
  })
  .extend({
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
