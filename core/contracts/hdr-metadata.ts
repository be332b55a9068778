import { z } from 'zod';

/** CIE 1931 coordinates in steps of 0.00002, as SMPTE ST 2086 has them. */
const chromaticitySchema = z.object({
  x: z.number().int().min(0).max(50_000),
  y: z.number().int().min(0).max(50_000),
});

const nits = z.number().int().min(0).max(65_535);

/** What HDR10 tells displays of the picture: the screen it was mastered on, and how bright it gets. Static, a title. */
export const hdrMetadataSchema = z.object({
  /** SMPTE ST 2086. */
  masteringDisplay: z
    .object({
      red: chromaticitySchema,
      green: chromaticitySchema,
      blue: chromaticitySchema,
      white: chromaticitySchema,
      /** Steps of 0.0001 cd/m2. */
      maxLuminance: z.number().int().min(0).max(0xffffffff),
      minLuminance: z.number().int().min(0).max(0xffffffff),
    })
    .optional(),
  /** CTA-861.3: brightest pixel, and brightest frame on average, cd/m2. */
  contentLight: z.object({ maxContent: nits, maxFrameAverage: nits }).optional(),
});
export type HdrMetadata = z.infer<typeof hdrMetadataSchema>;
