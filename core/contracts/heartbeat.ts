import { z } from 'zod';

export const edgeIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'an edge id has at most 63 characters: a-z, 0-9 and -');
export type EdgeId = z.infer<typeof edgeIdSchema>;

/** State that an edge reports every second; it expires after three. */
export const heartbeatSchema = z.object({
  edgeId: edgeIdSchema,
  /** Base address for players, without a trailing slash. */
  publicUrl: z.url(),
  location: z.object({
    name: z.string(),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
  }),
  capacityBitsPerSecond: z.number().positive(),
  /** Bit rate sent to players, averaged over the last few seconds. */
  bitsPerSecond: z.number().nonnegative(),
  /** Distinct playback tokens served in the last 30 s. */
  sessions: z.number().int().nonnegative(),
  /** Fraction of requests answered from cache, 0 to 1. */
  hitRatio: z.number().min(0).max(1),
  /** Time to the first byte of cached objects, exponentially averaged. 0 before the first such answer. */
  ttfbMs: z.number().nonnegative(),
  version: z.string(),
  draining: z.boolean(),
  at: z.iso.datetime(),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;
