import type { Measurement, Plan, VideoRung } from '#core/contracts/plan.js';
import { PlaylistWriteError } from '#core/hls/attribute-list.js';
import { bitratesOf } from '#core/hls/variant-bitrates.js';

/** Apple's authoring specification starts players on a network they know nothing of at 2,000 kb/s. */
const firstVariantBitsPerSecond = 2_000_000;

/**
 * The rungs to offer: the one to start with first, the others from low to high. Throws PlaylistWriteError for an id that
 * the plan does not have.
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
  const peak = (rung: VideoRung): number => bitratesOf(plan, rung, measurement).peakBitsPerSecond;
  const offered = plan.rungs
    .filter(({ renditionId }) => !renditionIds || renditionIds.includes(renditionId))
    .sort((a, b) => peak(a) - peak(b));
  const first =
    offered.find(({ renditionId }) => renditionId === firstRenditionId) ?? nearestToFirst(offered, peak);
  return first ? [first, ...offered.filter((rung) => rung !== first)] : [];
}

function nearestToFirst(
  offered: readonly VideoRung[],
  peak: (rung: VideoRung) => number,
): VideoRung | undefined {
  // H.264 in standard range is what a player of which nothing is known can decode.
  const safe = offered.filter(({ codec, videoRange }) => codec === 'h264' && videoRange === 'SDR');
  // A ratio: 1,000 is as far from 2,000 as 4,000 is.
  const distance = (rung: VideoRung): number => Math.abs(Math.log(peak(rung) / firstVariantBitsPerSecond));
  return [...(safe.length > 0 ? safe : offered)].sort((a, b) => distance(a) - distance(b))[0];
}
