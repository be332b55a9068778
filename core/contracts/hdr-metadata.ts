import { z } from 'zod';

/** CIE 1931 chromaticity coordinates in units of 0.00002 (SMPTE ST 2086). */
const chromaticitySchema = z.object({
  x: z.number().int().min(0).max(50_000),
  y: z.number().int().min(0).max(50_000),
});

const nits = z.number().int().min(0).max(65_535);

/** Static HDR10 metadata of a title: the display it was mastered on, and its light levels. */
export const hdrMetadataSchema = z.object({
  /** Mastering display (SMPTE ST 2086). */
  masteringDisplay: z
    .object({
      red: chromaticitySchema,
      green: chromaticitySchema,
      blue: chromaticitySchema,
      white: chromaticitySchema,
      /** Luminances in units of 0.0001 cd/m². */
      maxLuminance: z.number().int().min(0).max(0xffffffff),
      minLuminance: z.number().int().min(0).max(0xffffffff),
    })
    .optional(),
  /** MaxCLL and MaxFALL in cd/m² (CTA-861.3): the brightest pixel, and the frame with the highest average. */
  contentLight: z.object({ maxContent: nits, maxFrameAverage: nits }).optional(),
});
export type HdrMetadata = z.infer<typeof hdrMetadataSchema>;
