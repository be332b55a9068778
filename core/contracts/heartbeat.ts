import { z } from 'zod';

export const edgeIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'an edge id is a-z, 0-9 and -, at most 63');
export type EdgeId = z.infer<typeof edgeIdSchema>;

/** What an edge says of itself every second; expires in three. */
export const heartbeatSchema = z.object({
  edgeId: edgeIdSchema,
  /** Base address that players reach, no trailing slash. */
  publicUrl: z.url(),
  location: z.object({
    name: z.string(),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
  }),
  capacityBitsPerSecond: z.number().positive(),
  /** Sent to players over the last few seconds. */
  bitsPerSecond: z.number().nonnegative(),
  /** Distinct tokens served in the last 30 s. */
  sessions: z.number().int().nonnegative(),
  /** Share of requests answered from cache, 0 to 1. */
  hitRatio: z.number().min(0).max(1),
  /** Milliseconds to the first byte, exponentially averaged. */
  ttfbMs: z.number().nonnegative(),
  version: z.string(),
  draining: z.boolean(),
  at: z.iso.datetime(),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;
