import { z } from 'zod';

/** What a stored segment was found to hold: written by its span's task, read by publish instead of the segments. */
export const segmentFactsSchema = z.object({
  segmentIndex: z.number().int().nonnegative(),
  bytes: z.number().int().positive(),
  /** Frames of the rung in it. */
  frames: z.number().int().positive(),
  /** Byte range of each key frame with its `moof`, inside the segment. */
  keyFrames: z.array(z.object({ offsetBytes: z.number().int(), lengthBytes: z.number().int().positive() })),
});
export type SegmentFacts = z.infer<typeof segmentFactsSchema>;

export const spanFactsSchema = z.array(segmentFactsSchema);
