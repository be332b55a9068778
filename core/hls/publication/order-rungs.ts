import type { Measurement, Plan, VideoRung } from '#core/contracts/plan.js';
import { sumVariantBitrates } from '#core/hls/publication/sum-variant-bitrates.js';
import { PlaylistWriteError } from '#core/hls/write/attribute-list.js';

/** Where Apple's authoring specification starts a player whose bandwidth is unknown. */
const firstVariantBitsPerSecond = 2_000_000;

/**
 * Selects the rungs to offer and orders them: the one to start with first, the others by ascending bandwidth.
 * Throws PlaylistWriteError for an id that the plan does not have.
 */
export function orderRungs(
  plan: Plan,
  measurement: Measurement | undefined,
  { renditionIds, firstRenditionId }: { renditionIds?: readonly string[]; firstRenditionId?: string },
): VideoRung[] {
  for (const renditionId of [...(renditionIds ?? []), ...(firstRenditionId ? [firstRenditionId] : [])]) {
    if (plan.rungs.some((rung) => rung.renditionId === renditionId)) continue;
    throw new PlaylistWriteError(`publication ${plan.publicationId} has no rendition ${renditionId}`);
  }
  const peak = (rung: VideoRung): number => sumVariantBitrates(plan, rung, measurement).peakBitsPerSecond;
  const offered = plan.rungs
    .filter(({ renditionId }) => !renditionIds || renditionIds.includes(renditionId))
    .sort((a, b) => peak(a) - peak(b));
  const first =
    offered.find(({ renditionId }) => renditionId === firstRenditionId) ?? chooseFirst(offered, peak);
  return first ? [first, ...offered.filter((rung) => rung !== first)] : [];
}

function chooseFirst(
  offered: readonly VideoRung[],
  peak: (rung: VideoRung) => number,
): VideoRung | undefined {
  // Every player decodes SDR H.264.
  const safe = offered.filter(({ codec, videoRange }) => codec === 'h264' && videoRange === 'SDR');
  // Distance is a ratio: 1,000 kb/s is as far from 2,000 as 4,000 is.
  const distance = (rung: VideoRung): number => Math.abs(Math.log(peak(rung) / firstVariantBitsPerSecond));
  return [...(safe.length > 0 ? safe : offered)].sort((a, b) => distance(a) - distance(b))[0];
}
