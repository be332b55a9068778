import type { EncodeTarget } from '#core/contracts/plan.js';

/**
 * Cheap choices for x264's analysis. What the preset writes into the parameter sets stays: reference frames,
 * B-frames, CABAC, 8x8 transforms, weighted prediction.
 */
const quickAnalysis = 'subme=1:me=dia:trellis=0:mixed-refs=0:rc-lookahead=10';

/** Presets below `subme=6`, the lowest level with psychovisual optimisation. */
const plainPresets: readonly string[] = ['ultrafast', 'superfast', 'veryfast', 'faster'];

/**
 * Options, after the usual ones, for a segment that somebody waits for. Compared with preset `fast` they take
 * 2.4 times less CPU time for the same size and lose 0.6 to 1.2 dB of SSIM (docs/decisions/0010). The rung's
 * CRF, cap and buffer stay, and so does the init segment, to the byte. Empty for HEVC and AV1: players start
 * with H.264.
 */
export function urgentEncoderArguments({
  codec,
  encoderPreset,
}: Pick<EncodeTarget, 'codec' | 'encoderPreset'>): string[] {
  if (!hasUrgentSettings({ codec })) return [];
  // Psychovisual optimisation lowers the chroma offset in the PPS by 2; without it the offset is set by hand.
  const chroma = plainPresets.includes(encoderPreset) ? '' : ':chroma-qp-offset=-2';
  return ['-x264-params', quickAnalysis + chroma];
}

export const hasUrgentSettings = ({ codec }: Pick<EncodeTarget, 'codec'>): boolean => codec === 'h264';
