import { z } from 'zod';
import { publicationIdSchema, titleIdSchema } from '#core/contracts/ids.js';
import { omittedRungsSchema, videoRungSchema } from '#core/contracts/plan.js';

/** How a rung looks beside the source at the source's size: means over the judged frames. */
const qualitySchema = z.object({
  /** 0 to 100; of SDR rungs, where the worker has an ffmpeg with libvmaf: its model knows no HDR. */
  vmaf: z.number().optional(),
  /** 0 to 1, all planes. */
  ssim: z.number(),
  /** Decibels, luma; 100 for identical pictures. */
  psnr: z.number(),
});
export type RungQuality = z.infer<typeof qualitySchema>;

const reportedRungSchema = videoRungSchema
  .pick({ renditionId: true, codec: true, width: true, height: true, capBitsPerSecond: true, reason: true })
  .extend({
    averageBitsPerSecond: z.number().int().positive(),
    peakBitsPerSecond: z.number().int().positive(),
    /** Beside the source in the rung's own range. */
    quality: qualitySchema.optional(),
  });

const measureSchema = z.object({ meanQuality: z.number(), meanBitsPerSecond: z.number() });

/** What a title's ladder costs and shows, beside the fixed one that suits no title in particular. */
export const titleReportSchema = z.object({
  schemaVersion: z.literal(1),
  titleId: titleIdSchema,
  publicationId: publicationIdSchema,
  createdAt: z.iso.datetime(),
  /** What `viewersMeasure` counts: VMAF, or SSIM times 100 where no libvmaf was at hand. */
  metric: z.enum(['vmaf', 'ssim']),
  /** The segments that were judged, and encoded with the fixed ladder. */
  judgedSegments: z.array(z.number().int().nonnegative()).min(1),
  /** Average and peak are the whole title's, as its playlists declare them. */
  rungs: z.array(reportedRungSchema.extend({ crf: z.number(), bytes: z.number().int().positive() })),
  omittedRungs: omittedRungsSchema,
  /** Average and peak are the judged segments'. */
  fixedLadder: z.array(reportedRungSchema),
  /** Of the H.264 rungs, the ones that the fixed ladder has too. */
  viewersMeasure: z.object({
    planned: measureSchema,
    fixed: measureSchema,
    /** 0.3: three tenths fewer bits delivered than by the fixed ladder. */
    bitsSavedShare: z.number(),
    qualityGain: z.number(),
    worstDrop: z.number(),
    worstDropAtBitsPerSecond: z.number(),
  }),
});
export type TitleReport = z.infer<typeof titleReportSchema>;
