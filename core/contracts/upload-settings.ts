import { z } from 'zod';

const codecNames = ['h264', 'hevc', 'av1'] as const;
export const videoCodecSchema = z.enum(codecNames, {
  error: ({ input }) => `codecs: ${quote(input)} is not one of ${codecNames.join(', ')}`,
});
export type VideoCodec = z.infer<typeof videoCodecSchema>;

export const ladderPresetSchema = z.enum(['standard', 'archive', 'fast']);
export type LadderPreset = z.infer<typeof ladderPresetSchema>;

/** Quotes user input for an error message, on one line and shortened. */
function quote(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 40);
}

/** Error messages of a strict object: one for unknown keys, `notAnObject` for any other value. */
function objectErrors(shape: object, notAnObject: string) {
  const known = Object.keys(shape).join(', ');
  return {
    error: (issue: { code?: string; keys?: unknown }): string =>
      issue.code === 'unrecognized_keys' && Array.isArray(issue.keys)
        ? `unknown key ${issue.keys.slice(0, 3).map(quote).join(', ')}; known keys are ${known}`
        : notAnObject,
  };
}

const heightError = 'height must be a whole number of lines from 64 to 4320';
const bitrateError = 'maxBitsPerSecond must be a whole number of bits per second from 50000 to 100000000';
const crfError = 'crf must be a number from 10 to 45';

const customRungShape = {
  /** Height in lines. The width follows from the source's display aspect ratio. Never upscaled. */
  height: z.number(heightError).int(heightError).min(64, heightError).max(4320, heightError),
  /** Maximum bitrate of the rung's video, in bits per second. */
  maxBitsPerSecond: z
    .number(bitrateError)
    .int(bitrateError)
    .min(50_000, bitrateError)
    .max(100_000_000, bitrateError),
  /** x264's constant rate factor. Lower means better quality and more bits. */
  crf: z.number(crfError).min(10, crfError).max(45, crfError).optional(),
};

/** One rung of a custom ladder. */
export const customRungSchema = z.strictObject(
  customRungShape,
  objectErrors(
    customRungShape,
    'a rung must be an object such as {"height": 720, "maxBitsPerSecond": 3000000}',
  ),
);
export type CustomRung = z.infer<typeof customRungSchema>;

export const maxCustomRungs = 12;
const presetNames = ladderPresetSchema.options.join(', ');
const ladderError = `ladder must be one of ${presetNames}, or a list of 1 to ${maxCustomRungs} rungs`;
const codecsError = 'codecs must be a list such as ["h264", "hevc"]';

const settingsShape = {
  codecs: z
    .array(videoCodecSchema, codecsError)
    .min(1, codecsError)
    .max(3, 'codecs may list at most 3')
    .refine((codecs) => codecs.includes('h264'), 'codecs must include "h264", which every player can decode')
    .refine((codecs) => new Set(codecs).size === codecs.length, 'codecs must not list a codec twice')
    .default(['h264']),
  ladder: z
    .union(
      [
        ladderPresetSchema,
        z
          .array(customRungSchema)
          .min(1, ladderError)
          .max(maxCustomRungs, `ladder may have at most ${maxCustomRungs} rungs`),
      ],
      ladderError,
    )
    .default('standard'),
};

/**
 * Settings of an upload. Every error message is written for the uploader. Rules between rungs (order,
 * duplicates, plausible bitrates) are in `#planning/ladder/validate-ladder.js`; the encoder's
 * `describeSettingsErrors` lists the errors of both.
 */
export const uploadSettingsSchema = z.strictObject(
  settingsShape,
  objectErrors(settingsShape, 'settings must be an object such as {"ladder": "archive"}'),
);
export type UploadSettings = z.infer<typeof uploadSettingsSchema>;
