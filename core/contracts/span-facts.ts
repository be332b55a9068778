import { z } from 'zod';

/** What a stored segment holds. Its span's task writes it; publish reads it instead of the segment. */
const segmentFactsSchema = z.object({
  segmentIndex: z.number().int().nonnegative(),
  bytes: z.number().int().positive(),
  /** Frames of the rung. */
  frames: z.number().int().positive(),
  /** Byte range of each key frame with its `moof`, inside the segment. */
  keyFrames: z.array(z.object({ offsetBytes: z.number().int(), lengthBytes: z.number().int().positive() })),
});
export type SegmentFacts = z.infer<typeof segmentFactsSchema>;

/** Facts of every segment of a span, in order. */
export const spanFactsSchema = z.array(segmentFactsSchema);
