import type { Measurement, Plan, VideoRung } from '#core/contracts/plan.js';
import {
  type EntryContext,
  makeAudioEntries,
  makeIframeEntry,
  makeVariantEntry,
  type Pathway,
} from '#core/hls/publication/multivariant-entries.js';
import { sumVariantBitrates } from '#core/hls/publication/sum-variant-bitrates.js';
import { PlaylistWriteError } from '#core/hls/write/attribute-list.js';
import { writeMultivariantPlaylist } from '#core/hls/write/write-multivariant-playlist.js';

export interface MultivariantOptions {
  /** Video renditions to offer. Default: all of the plan. */
  renditionIds?: readonly string[];
  firstRenditionId?: string;
  /**
   * Best first; every variant is listed once per pathway. Default: none, with relative URIs as in the stored
   * playlist.
   */
  pathways?: readonly Pathway[];
  steering?: { serverUri: string; pathwayId: string };
}

/**
 * Writes the multivariant playlist of a publication. With a measurement it declares measured bandwidths;
 * without one it declares planned bandwidths and marks the title as still being encoded. Throws
 * PlaylistWriteError if `options` name a rendition that the plan does not have.
 */
export function writePublicationMultivariant(
  plan: Plan,
  measurement: Measurement | undefined,
  options: MultivariantOptions = {},
): string {
  const pathways: readonly (Pathway | undefined)[] = options.pathways?.length
    ? options.pathways
    : [undefined];
  const rungs = orderRungs(plan, measurement, options);
  const context: EntryContext = {
    plan,
    measurement,
    hasVideoRange: rungs.some(({ videoRange }) => videoRange !== 'SDR'),
    scores: scoreRungs(plan, rungs, measurement),
  };
  return writeMultivariantPlaylist({
    steering: options.steering,
    isBeingEncoded: measurement === undefined,
    audio: pathways.flatMap((pathway) => makeAudioEntries(plan.audio, pathway)),
    variants: pathways.flatMap((pathway) => rungs.map((rung) => makeVariantEntry(context, rung, pathway))),
    iframes: pathways.flatMap((pathway) =>
      rungs.flatMap((rung) => makeIframeEntry(context, rung, pathway) ?? []),
    ),
  });
}

/**
 * Bits of H.264 that match one bit of each codec, roughly: accurate enough to rank the rungs of one title.
 */
const codecEfficiency = { h264: 1, hevc: 1.5, av1: 1.8 } as const;

/**
 * Ranks rungs from 1, by rendition id. Bandwidth alone would rank an H.264 rung above a better one of a newer
 * codec. Empty if all rungs share a codec, because bandwidth then orders them correctly.
 */
function scoreRungs(
  plan: Plan,
  rungs: readonly VideoRung[],
  measurement: Measurement | undefined,
): Map<string, number> {
  if (new Set(rungs.map(({ codec }) => codec)).size <= 1) return new Map();
  const worth = (rung: VideoRung): number =>
    sumVariantBitrates(plan, rung, measurement).averageBitsPerSecond * codecEfficiency[rung.codec];
  const ranked = [...rungs].sort((a, b) => worth(a) - worth(b));
  return new Map(ranked.map(({ renditionId }, index) => [renditionId, index + 1]));
}

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
