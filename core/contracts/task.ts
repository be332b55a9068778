import { z } from 'zod';
import { publicationIdSchema, titleIdSchema } from '#core/contracts/ids.js';
import { spanSchema } from '#core/contracts/plan.js';

/** Job data of each task. Small: everything else is in the title record and the plan, which are the truth. */
export const analyseTaskSchema = z.object({
  titleId: titleIdSchema,
  generation: z.number().int().positive(),
});
export type AnalyseTask = z.infer<typeof analyseTaskSchema>;

export const encodeSpanTaskSchema = z.object({
  titleId: titleIdSchema,
  publicationId: publicationIdSchema,
  span: spanSchema,
  renditionIds: z.array(z.string()).min(1),
  /** A player waits for this: set on demand tasks alone. */
  demand: z.boolean().optional(),
});
export type EncodeSpanTask = z.infer<typeof encodeSpanTaskSchema>;

export const encodeAudioTaskSchema = z.object({
  titleId: titleIdSchema,
  publicationId: publicationIdSchema,
  renditionId: z.string(),
});
export type EncodeAudioTask = z.infer<typeof encodeAudioTaskSchema>;

/** What the title's ladder is worth: asked for by people, never part of a publication. */
export const makeReportTaskSchema = z.object({ titleId: titleIdSchema, publicationId: publicationIdSchema });
export type MakeReportTask = z.infer<typeof makeReportTaskSchema>;

export const publishTaskSchema = z.object({ titleId: titleIdSchema, publicationId: publicationIdSchema });
export type PublishTask = z.infer<typeof publishTaskSchema>;
