import { z } from 'zod';
import { publicationIdSchema, titleIdSchema } from '#core/contracts/ids.js';
import { omittedRungsSchema, videoRungSchema } from '#core/contracts/plan.js';

/** Quality of a rung compared with the source at the source's size: means over the judged frames. */
const qualitySchema = z.object({
  /** 0 to 100. SDR rungs only (the VMAF model does not cover HDR), and only if the worker has libvmaf. */
  vmaf: z.number().optional(),
  /** 0 to 1, all planes. */
  ssim: z.number(),
  /** Luma, in decibels; 100 for identical frames. */
  psnr: z.number(),
});
export type RungQuality = z.infer<typeof qualitySchema>;

const reportedRungSchema = videoRungSchema
  .pick({ renditionId: true, codec: true, width: true, height: true, capBitsPerSecond: true, reason: true })
  .extend({
    averageBitsPerSecond: z.number().int().positive(),
    peakBitsPerSecond: z.number().int().positive(),
    /** Compared with the source in the rung's own dynamic range. */
    quality: qualitySchema.optional(),
  });

const measureSchema = z.object({ meanQuality: z.number(), meanBitsPerSecond: z.number() });

/** Cost and quality of a title's planned ladder, compared with a fixed ladder used for every title. */
export const titleReportSchema = z.object({
  schemaVersion: z.literal(1),
  titleId: titleIdSchema,
  publicationId: publicationIdSchema,
  createdAt: z.iso.datetime(),
  /** Unit of `viewersMeasure`: VMAF, or SSIM times 100 if the worker has no libvmaf. */
  metric: z.enum(['vmaf', 'ssim']),
  /** Indexes of the segments that were encoded with the fixed ladder and judged. */
  judgedSegments: z.array(z.number().int().nonnegative()).min(1),
  /** Average and peak bitrates are those of the whole title, as its playlists declare them. */
  rungs: z.array(
    reportedRungSchema.extend({
      crf: z.number(),
      bytes: z.number().int().positive(),
      /** Share of segments, 0 to 1, encoded with cheaper settings because a player waited. */
      quickShare: z.number().min(0).max(1).optional(),
      /** Of those segments, the judged ones. Absent if none was judged. */
      quickQuality: qualitySchema.optional(),
    }),
  ),
  omittedRungs: omittedRungsSchema,
  /** Average and peak bitrates are those of the judged segments. */
  fixedLadder: z.array(reportedRungSchema),
  /** Compares H.264 rungs, the only codec of the fixed ladder. */
  viewersMeasure: z.object({
    planned: measureSchema,
    fixed: measureSchema,
    /** Share of delivered bits saved: 0.3 is 30 % fewer than with the fixed ladder. */
    bitsSavedShare: z.number(),
    qualityGain: z.number(),
    worstDrop: z.number(),
    worstDropAtBitsPerSecond: z.number(),
  }),
});
export type TitleReport = z.infer<typeof titleReportSchema>;
