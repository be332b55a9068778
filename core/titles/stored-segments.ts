import type { Plan } from '#core/contracts/plan.js';
import { parseSegmentPath } from '#core/contracts/publication-layout.js';

/** The parts of a plan that decide which bit stands for which segment. */
type BitPlan = Pick<Plan, 'rungs' | 'grid'>;

/**
 * Finds the bit of a video segment by its path inside the publication: the rungs in the plan's order, each
 * with all of its segments. Undefined for audio and for any path outside the plan.
 */
export function storedBitOf({ rungs, grid }: BitPlan, path: string): number | undefined {
  const segment = parseSegmentPath(path);
  if (segment?.kind !== 'video' || segment.segmentIndex >= grid.segmentCount) return undefined;
  const rungIndex = rungs.findIndex(({ renditionId }) => renditionId === segment.renditionId);
  return rungIndex === -1 ? undefined : rungIndex * grid.segmentCount + segment.segmentIndex;
}

/** Which video segments of a publication are stored: a snapshot of the bits that TitleProgress sets. */
export class StoredSegments {
  private readonly counts = new Map<string, number>();
  private readonly firstBits = new Map<string, number>();

  /** `bits` as in a Redis string: bit 0 is the highest of the first byte. Missing bytes are zero. */
  constructor(
    { rungs, grid }: BitPlan,
    private readonly bits: Uint8Array = new Uint8Array(),
  ) {
    for (const [rungIndex, { renditionId }] of rungs.entries()) {
      const firstBit = rungIndex * grid.segmentCount;
      let count = 0;
      for (let bit = firstBit; bit < firstBit + grid.segmentCount; bit += 1) count += this.isSet(bit) ? 1 : 0;
      this.firstBits.set(renditionId, firstBit);
      this.counts.set(renditionId, count);
    }
  }

  /** Stored segments of a video rendition. */
  count(renditionId: string): number {
    return this.counts.get(renditionId) ?? 0;
  }

  /** `segmentIndex` must be inside the grid. */
  has(renditionId: string, segmentIndex: number): boolean {
    const firstBit = this.firstBits.get(renditionId);
    return firstBit !== undefined && this.isSet(firstBit + segmentIndex);
  }

  private isSet(bit: number): boolean {
    return (((this.bits[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
  }
}
