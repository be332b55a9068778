import { z } from 'zod';

const codecNames = ['h264', 'hevc', 'av1'] as const;
export const videoCodecSchema = z.enum(codecNames, {
  error: ({ input }) => `codecs: ${quote(input)} is none of ${codecNames.join(', ')}`,
});
export type VideoCodec = z.infer<typeof videoCodecSchema>;

export const ladderPresetSchema = z.enum(['standard', 'archive', 'fast']);
export type LadderPreset = z.infer<typeof ladderPresetSchema>;

/** Somebody's own text inside a sentence: quoted, on one line, short. */
function quote(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 40);
}

/** The words for a strict object: of a key that it does not know, and of what is no object at all. */
function objectWords(shape: object, otherwise: string) {
  const known = Object.keys(shape).join(', ');
  return {
    error: (issue: { code?: string; keys?: unknown }): string =>
      issue.code === 'unrecognized_keys' && Array.isArray(issue.keys)
        ? `${issue.keys.slice(0, 3).map(quote).join(', ')} means nothing here: there are ${known}`
        : otherwise,
  };
}

const heightWords = 'height must be a whole number of lines, 64 to 4320';
const bitsWords = 'maxBitsPerSecond must be a whole number of bits a second, 50000 to 100000000';
const crfWords = 'crf must be a number from 10 to 45';

const customRungShape = {
  /** Picture height in lines; width follows from the source's display aspect. Never upscaled. */
  height: z.number(heightWords).int(heightWords).min(64, heightWords).max(4320, heightWords),
  /** Highest bitrate of the rung's picture, bits per second. */
  maxBitsPerSecond: z.number(bitsWords).int(bitsWords).min(50_000, bitsWords).max(100_000_000, bitsWords),
  /** x264's constant rate factor; lower is better and larger. */
  crf: z.number(crfWords).min(10, crfWords).max(45, crfWords).optional(),
};

/** One rung an operator asks for by hand. */
export const customRungSchema = z.strictObject(
  customRungShape,
  objectWords(customRungShape, 'a rung is such as {"height": 720, "maxBitsPerSecond": 3000000}'),
);
export type CustomRung = z.infer<typeof customRungSchema>;

export const maxCustomRungs = 12;
const ladderWords = `ladder must be one of ${ladderPresetSchema.options.join(', ')}, or a list of 1 to ${maxCustomRungs} rungs`;
const codecsWords = 'codecs must be a list such as ["h264", "hevc"]';

const settingsShape = {
  codecs: z
    .array(videoCodecSchema, codecsWords)
    .min(1, codecsWords)
    .max(3, 'codecs must hold 3 at the most')
    .refine((codecs) => codecs.includes('h264'), 'codecs must hold "h264": every player can decode it')
    .refine((codecs) => new Set(codecs).size === codecs.length, 'codecs must not repeat')
    .default(['h264']),
  ladder: z
    .union(
      [
        ladderPresetSchema,
        z
          .array(customRungSchema)
          .min(1, ladderWords)
          .max(maxCustomRungs, `ladder must hold ${maxCustomRungs} rungs at the most`),
      ],
      ladderWords,
    )
    .default('standard'),
};

/**
 * What an upload may ask for; every message is a sentence for whoever asked. Cross-field rules (order, duplicates, sane
 * bitrates) are in `#planning/ladder/validate-ladder.js`, and `describeSettingsErrors` of the encoder names every error at once.
 */
export const uploadSettingsSchema = z.strictObject(
  settingsShape,
  objectWords(settingsShape, 'settings must be an object such as {"ladder": "archive"}'),
);
export type UploadSettings = z.infer<typeof uploadSettingsSchema>;
