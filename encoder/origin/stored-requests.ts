import { parseSegmentPath } from '#core/contracts/publication-layout.js';
import type { DemandInterest } from '#core/queue/demand-interest.js';
import { BoundedMap } from '#core/runtime/bounded-map.js';
import type { MediaPath } from '#encoder/origin/parse-media-path.js';

/** A segment that many edges request at once is reported once in this time. */
const minIntervalMs = 1_000;
const maxRemembered = 2_000;

/**
 * Reports requests for stored segments, so that a worker sees how far a player has followed its run.
 */
export class StoredRequests {
  private readonly notedAt = new BoundedMap<string, number>(maxRemembered);

  constructor(
    private readonly interest: Pick<DemandInterest, 'request'>,
    private readonly nowMs: () => number = performance.now.bind(performance),
  ) {}

  /** Returns at once. While Redis is down, runs end a little earlier or later than they should. */
  note({ publicationId, path }: MediaPath): void {
    const segment = parseSegmentPath(path);
    if (!segment) return;
    const key = `${publicationId}/${path}`;
    if (this.nowMs() - (this.notedAt.get(key) ?? Number.NEGATIVE_INFINITY) < minIntervalMs) return;
    this.notedAt.set(key, this.nowMs());
    this.interest.request({ publicationId, ...segment }).catch(() => undefined);
  }
}
