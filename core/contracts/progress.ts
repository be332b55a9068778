import { z } from 'zod';
import { failureSchema } from '#core/contracts/failure.js';
import { titleIdSchema } from '#core/contracts/ids.js';
import { titleStateSchema } from '#core/contracts/title.js';

/** One progress message: published on Redis by whoever moved the title on, sent to people as server-sent events. */
export const progressEventSchema = z.object({
  titleId: titleIdSchema,
  state: titleStateSchema,
  /** Segments stored over all renditions, and how many there will be; 0 of 0 before the plan stands. */
  segmentsStored: z.number().int().nonnegative(),
  segmentsTotal: z.number().int().nonnegative(),
  failure: failureSchema.optional(),
  at: z.iso.datetime(),
});
export type ProgressEvent = z.infer<typeof progressEventSchema>;
