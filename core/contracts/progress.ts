import { z } from 'zod';
import { failureSchema } from '#core/contracts/failure.js';
import { titleIdSchema } from '#core/contracts/ids.js';
import { titleStateSchema } from '#core/contracts/title.js';

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
