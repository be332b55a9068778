import { z } from 'zod';

export const videoCodecSchema = z.enum(['h264', 'hevc', 'av1']);
export type VideoCodec = z.infer<typeof videoCodecSchema>;

export const ladderPresetSchema = z.enum(['standard', 'archive', 'fast']);
export type LadderPreset = z.infer<typeof ladderPresetSchema>;

/** One rung an operator asks for by hand. */
export const customRungSchema = z.strictObject({
  /** Picture height in lines; width follows from the source's display aspect. Never upscaled. */
  height: z.number().int().min(64).max(4320),
  /** Highest bitrate of the rung's picture, bits per second. */
  maxBitsPerSecond: z.number().int().min(50_000).max(100_000_000),
  /** x264's constant rate factor; lower is better and larger. */
  crf: z.number().min(10).max(45).optional(),
});
export type CustomRung = z.infer<typeof customRungSchema>;

/**
 * What an upload may ask for. Cross-field rules (order, duplicates, too many rungs) are in
 * `#encoder/planning/validate-ladder.js`, which names every error at once.
 */
export const uploadSettingsSchema = z.strictObject({
  codecs: z
    .array(videoCodecSchema)
    .min(1)
    .max(3)
    .refine((codecs) => codecs.includes('h264'), 'codecs must hold "h264": every player can decode it')
    .refine((codecs) => new Set(codecs).size === codecs.length, 'codecs must not repeat')
    .default(['h264']),
  ladder: z.union([ladderPresetSchema, z.array(customRungSchema).min(1).max(12)]).default('standard'),
});
export type UploadSettings = z.infer<typeof uploadSettingsSchema>;
